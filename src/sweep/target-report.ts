/** One target's part of the report. Pure. */
import { count } from '../model/format.ts';
import type { Recording } from '../model/recording.ts';
import type { Reach, SweepTarget, TargetReport } from '../model/sweep.ts';
import type { Verdict } from '../model/verdict.ts';
import { check } from './expectations.ts';
import { feltOf, latencyOf } from './latency.ts';
import { doubtOf, expectsReach, feltReach, reachOf, sayDenial } from './reach.ts';

/** What became of one target. */
export type Outcome =
  | { readonly kind: 'unmeasured'; readonly because: string }
  | {
      readonly kind: 'measured';
      readonly verdict: Verdict;
      /** The recording that the verdict is of; before it, where there was one, that of the first look. */
      readonly recording: Recording;
      readonly firstLook: Recording | null;
      /** The second look was due, and there was no time for it. */
      readonly isUnfinished: boolean;
    };

export function targetReport(target: SweepTarget, outcome: Outcome): TargetReport {
  const common = {
    key: target.key,
    target: target.target,
    namespace: target.namespace,
    from: target.from,
    change: 'first',
    changeSays: null,
    since: null,
  } as const;
  if (outcome.kind === 'unmeasured') {
    const expectations = target.expect.map(({ says }) => ({ says, met: null, measured: 'not measured' }));
    const nothing = { object: null, verdict: null, latency: null } as const;
    return { ...common, ...nothing, state: 'unmeasured', says: outcome.because, expectations };
  }
  const { verdict, recording, firstLook } = outcome;
  const felt = feltOf(firstLook === null ? [recording] : [firstLook, recording]);
  const reach = expectsReach(target) ? reachOf(recording) : null;
  const expectations = target.expect.map((each) => {
    if (reach === null || (each.kind !== 'reachable' && each.kind !== 'unreachable')) return check(each, felt);
    const { met, ...told } = check(each, feltReach(reach));
    const doubt = met === null ? null : doubtOf({ target, expected: each.kind, isMet: met }, reach);
    return doubt === null ? { met, ...told } : { ...told, met: null, measured: `${told.measured}; ${doubt}` };
  });
  const isExpectedGone = target.expect.some(({ kind }) => kind === 'unreachable');
  const latency = latencyOf(felt);
  const state =
    latency === null && verdict.status === 'healthy' ? 'inconclusive' : stateOf(verdict, expectations, isExpectedGone);
  return {
    ...common,
    object: objectOf(recording),
    state,
    says: latency === null ? NOTHING_FELT : saysOf(outcome, { state, expectations, isExpectedGone, reach }),
    verdict,
    latency,
    expectations,
    ...(reach === null ? {} : { reach }),
  };
}

/** Lookups may have been answered, and other ways tried: that alone does not make a target healthy. */
const NOTHING_FELT = 'no attempt on the target itself was told of';

function stateOf(
  { status }: Verdict,
  expectations: TargetReport['expectations'],
  isExpectedGone: boolean,
): TargetReport['state'] {
  if (expectations.some(({ met }) => met === false)) return 'faulty';
  if (!isExpectedGone) return status;
  // Whatever stops the way is then as it should be.
  return expectations.every(({ met }) => met === true) ? 'healthy' : 'inconclusive';
}

interface Judged {
  readonly state: TargetReport['state'];
  readonly expectations: TargetReport['expectations'];
  readonly isExpectedGone: boolean;
  readonly reach: Reach | null;
}

function saysOf(
  outcome: Outcome & { kind: 'measured' },
  { state, expectations, isExpectedGone, reach }: Judged,
): string {
  const { verdict, firstLook, isUnfinished } = outcome;
  const missed = expectations.find(({ met }) => met === false);
  const unfinished = isUnfinished ? '; there was no time for a closer look' : '';
  const [finding] = verdict.findings;
  if (verdict.status === 'faulty' && !isExpectedGone && finding !== undefined) return `${finding.title}${unfinished}`;
  if (missed !== undefined) {
    const denial = reach?.policy.verdict === 'deny' ? `; ${sayDenial(reach)}` : '';
    return `expected ${missed.says}: ${missed.measured}${denial}${unfinished}`;
  }
  if (isExpectedGone && reach !== null) {
    const measured = expectations.find(({ says }) => says === 'unreachable')?.measured ?? '';
    if (state === 'healthy') return `unreachable, as expected: ${measured}; ${sayDenial(reach)}`;
    return `${measured}${unfinished}`;
  }
  if (state === 'inconclusive') return `${unclear(verdict)}${unfinished}`;
  if (state !== 'healthy' || firstLook === null) return `${verdict.summary}${unfinished}`;
  return `${verdict.summary}; ${glimpseOf(firstLook)}`;
}

/** What keeps it from being clear is worth more than that it is not. */
function unclear({ findings, notMeasured, summary }: Verdict): string {
  const [[finding], [limitation]] = [findings, notMeasured];
  if (finding !== undefined) return `perhaps ${finding.title}`;
  return limitation === undefined ? summary : `${limitation.what}: ${limitation.because}`;
}

/** A first look that a longer one did not confirm. */
function glimpseOf(firstLook: Recording): string {
  const { unanswered, answeredMs } = feltOf([firstLook]);
  const slow = answeredMs.filter((ms) => ms >= firstLook.slowAfterMs).length;
  const odd = slow + unanswered;
  return odd === 0
    ? 'what a first look found odd was not seen again'
    : `${count(odd, 'slow or lost attempt')} of a first look ${odd === 1 ? 'was' : 'were'} not seen again`;
}

/** The object that stands for the target. */
function objectOf({ target, cluster }: Recording): TargetReport['object'] {
  if (target.route !== null) return target.route;
  if (target.service !== null) {
    return { kind: 'Service', namespace: target.service.namespace, name: target.service.name };
  }
  const name = target.kind === 'external' ? null : (target.direct[0]?.pod ?? null);
  if (name === null) return null;
  const pod = cluster.pods.find((each) => each.namespace === name.namespace && each.name === name.name);
  return { kind: 'Pod', ...name, ...(pod === undefined ? {} : { uid: pod.uid }) };
}

/** What a verdict may not pass over: symptoms that no finding explains, failing arms that nobody claims, and what was never measured. */
import type { Limitation } from '../../model/cluster.ts';
import { count, list } from '../../model/format.ts';
import { delayOf } from '../evidence/delay.ts';
import type { Evidence, PathEvidence, Symptom } from '../evidence/evidence.ts';
import { isFailing, isMeantToFail } from '../evidence/failing.ts';
import { matchTimers } from '../evidence/timers.ts';
import { behaviour, ends } from '../words/words.ts';
import { ofBothFamilies } from '../evidence/families.ts';
import { denialsOf } from '../../model/route-match.ts';
import { sum } from '../../model/sum.ts';
import { isNoise, isStarved, RARE_SHARE } from './noise.ts';

const MOST_LINES = 5;

export interface Unclaimed {
  /** Symptoms that no finding explains. */
  readonly symptoms: readonly Symptom[];
  /** Paths that fail, or answer otherwise than their siblings, and that no finding claims. */
  readonly arms: readonly PathEvidence[];
}

/** `explained`: indices of symptoms; `claimed`: ids of paths. */
export function unclaimedIn(
  evidence: Evidence,
  explained: ReadonlySet<number>,
  claimed: ReadonlySet<string>,
): Unclaimed {
  const symptoms = evidence.symptoms.filter(({ attempt }) => !explained.has(attempt.index));
  const open = new Set(symptoms.map(({ path }) => path));
  // All that users felt there is some finding's.
  const isTold = (path: PathEvidence) => path.path.userFacing && !open.has(path);
  const left = ofBothFamilies(evidence).filter(
    (path) => !claimed.has(path.path.id) && !isTold(path) && !isMeantToFail(evidence, path),
  );
  const scattered = new Set(scatteredLosses(left));
  return { symptoms, arms: left.filter((path) => scattered.has(path) || isFailing(evidence, path)) };
}

/** Paths that lose attempts and are answered otherwise: each by itself may be chance; all together are more than a great many attempts lose anywhere. */
function scatteredLosses(left: readonly PathEvidence[]): readonly PathEvidence[] {
  const lost = sum(left.map(({ unanswered }) => unanswered.length));
  const tried = sum(left.map(({ attempts }) => attempts.length));
  return lost <= Math.max(1, RARE_SHARE * tried) ? [] : left.filter(({ unanswered }) => unanswered.length > 0);
}

/** Nobody may call it healthy: an arm fails, or users felt what is neither rare noise nor a busy CPU. */
export function isOpen(evidence: Evidence, { symptoms, arms }: Unclaimed): boolean {
  return arms.length > 0 || (symptoms.length > 0 && !isNoise(evidence, symptoms)) || isUntimed(evidence);
}

function isUntimed(evidence: Evidence): boolean {
  return untimedOf(evidence) !== null || neverPrompt(evidence).length > 0;
}

/** One late answer is a busy moment. */
const FEWEST_LATE = 2;

/**
 * Steps of the user of which not one answer came in good time. A busy CPU excuses some of them; that it is to blame for all, while other steps
 * beside them were in time, is not known.
 */
function neverPrompt({ paths, slowAfterMs }: Evidence): PathEvidence[] {
  return paths.filter(
    ({ path, answered }) =>
      path.userFacing &&
      answered.length >= FEWEST_LATE &&
      answered.every(({ sample }) => sample.totalMs >= slowAfterMs),
  );
}

/** Of the user's answers that took long, so many may be the prober's own doing before nothing is known of their times. */
const UNTIMED_SHARE = 0.5;

/** The user's answers came, and late; kprobe had no CPU meanwhile, so whether they are late without it is not known. */
function untimedOf({ paths }: Evidence): Limitation | null {
  const users = paths.filter(({ path }) => path.userFacing);
  const answered = users.reduce((sum, path) => sum + path.answered.length, 0);
  const untimed = answered - users.reduce((sum, path) => sum + path.timed.length, 0);
  if (answered === 0 || untimed <= UNTIMED_SHARE * answered) return null;
  return {
    what: `how long answers take: ${untimed} of ${answered} came late`,
    because: "kprobe's own probes waited for a CPU meanwhile, so it may be their doing",
  };
}

export function unclaimedLines(evidence: Evidence, { symptoms, arms }: Unclaimed, hasFindings: boolean): Limitation[] {
  const untimed = untimedOf(evidence);
  return [
    ...symptomLines(evidence, symptoms, hasFindings),
    ...armLines(evidence, arms),
    ...(untimed === null ? [] : [untimed]),
    ...(hasFindings || untimed !== null ? [] : lateLines(evidence, symptoms)),
  ];
}

/** Of the steps that are late all the time, those whose lateness is not told as unexplained symptoms already. */
function lateLines(evidence: Evidence, symptoms: readonly Symptom[]): Limitation[] {
  const told = new Set(symptoms.filter((symptom) => !isStarved(symptom)).map(({ path }) => path));
  return neverPrompt(evidence)
    .filter((path) => !told.has(path))
    .slice(0, MOST_LINES)
    .map((path) => ({
      what: `whether it is late without kprobe's own waiting: ${ends(path)}`,
      because: `none of ${path.answered.length} answers came in good time, and the CPU was busy meanwhile`,
    }));
}

function symptomLines(evidence: Evidence, left: readonly Symptom[], hasFindings: boolean): Limitation[] {
  if (left.length === 0) return [];
  const what = `the cause of ${left.length} of ${count(evidence.symptoms.length, 'slow or failed attempt')}`;
  const because = hasFindings
    ? 'the findings do not account for them'
    : left.every(isStarved)
      ? 'their nodes had no free CPU meanwhile, so their times say nothing of the network'
      : 'no diagnosis of the catalogue fits what was measured';
  return [{ what, because: `${because}${timersOf(evidence, left)}` }];
}

function armLines(evidence: Evidence, arms: readonly PathEvidence[]): Limitation[] {
  const lines = arms.slice(0, MOST_LINES).map((path) => ({
    what: `the cause of: ${ends(path)}`,
    because: evidence.differences.get(path.path.id)?.says ?? behaviour(path),
  }));
  const more = arms.length - MOST_LINES;
  return more > 0
    ? [
        ...lines,
        { what: `the cause of ${count(more, 'more failing path')}`, because: 'nothing found accounts for them' },
      ]
    : lines;
}

/** The timers whose signature the left-over delays bear, most frequent first: candidates, not causes. */
function timersOf(evidence: Evidence, left: readonly Symptom[]): string {
  const names = left.flatMap(
    ({ path, attempt }) => matchTimers(delayOf(evidence, path, attempt)).matches[0]?.timer.name ?? [],
  );
  const counted = [...Map.groupBy(names, (name) => name)].toSorted(
    ([one, a], [other, b]) => b.length - a.length || one.localeCompare(other),
  );
  if (counted.length === 0) return '';
  return `; their times fit ${list(
    counted.map(([name, all]) => `${name} (${all.length})`),
    3,
  )}`;
}

export function notMeasured(evidence: Evidence): Limitation[] {
  const { recording } = evidence;
  const heard = new Set(recording.hellos.map((hello) => hello.agent));
  const known = [...recording.cluster.unread, ...recording.plan.limitations, ...recording.limitations];
  const said = new Set(known.flatMap(({ subject }) => (subject?.kind === 'agent' ? [subject.agent] : [])));
  const mute = recording.plan.agents.filter((agent) => !heard.has(agent.id) && !said.has(agent.id));
  return [
    ...known,
    ...mute.map((agent) => ({ what: `the view of ${agent.id}`, because: 'its probe never reported' })),
    ...deniedByStatus(evidence),
    ...(evidence.target.route?.kind === 'GRPCRoute'
      ? [GRPC]
      : evidence.target.upstream === 'tcp'
        ? [ONLY_CONNECTED]
        : []),
  ];
}

const GRPC: Limitation = {
  what: 'what gRPC calls are answered',
  because: 'kprobe connects to entries and endpoints of a GRPCRoute, and calls nothing',
};

const ONLY_CONNECTED: Limitation = {
  what: 'what the endpoints answer the proxies',
  because:
    'they are asked in a protocol by which kprobe only connects (HTTP/2, gRPC): curl --http2-prior-knowledge shows whether they speak it',
};

/** What statuses say against the route is told whatever was measured: it may be about a part that nobody asked for. */
function deniedByStatus({ cluster, target }: Evidence): Limitation[] {
  const told = denialsOf(cluster.routes, target).map(({ type, reason, message, of: { kind, namespace, name } }) => ({
    what: `what the status of ${kind} ${namespace === '' ? '' : `${namespace}/`}${name} denies`,
    because: `it says ${type} is False (${reason})${message === '' ? '' : `: ${message}`}`,
  }));
  return [...new Map(told.map((each) => [`${each.what} ${each.because}`, each])).values()];
}

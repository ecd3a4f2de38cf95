/** A sweep of reachability, as `kprobe check` tells it. Pure. */
import { type Assertion, CHECK_SCHEMA, type CheckReport } from '../model/check.ts';
import type { Limitation } from '../model/cluster.ts';
import { count } from '../model/format.ts';
import type { SweepReport, SweepTarget, TargetReport } from '../model/sweep.ts';
import { UserError } from '../model/user-error.ts';
import { expectsReach, sayDenial } from './reach.ts';

export interface Assertions {
  readonly targets: readonly SweepTarget[];
  readonly notes: readonly Limitation[];
}

/** The part of a sweep file that says who reaches whom. Throws UserError where nothing does, or the same target both. */
export function assertionsOf(targets: readonly SweepTarget[], file: string): Assertions {
  const asserting = targets.filter(expectsReach);
  if (asserting.length === 0) {
    throw new UserError(`${file} says of no target whether it is reachable`, {
      hint: 'add expect: reachable or expect: unreachable; kprobe check --init writes a file from the policies',
    });
  }
  const narrowed = asserting.map((each) => ({ ...each, expect: [expectedOf(each)] }));
  const others = targets.length - asserting.length;
  const more = asserting.reduce((sum, { expect }) => sum + expect.length - 1, 0);
  return {
    targets: narrowed,
    notes: [
      ...(others > 0 ? [left(count(others, 'target'), 'neither reachable nor unreachable is expected there')] : []),
      ...(more > 0 ? [left(count(more, 'expectation'), 'latency and loss are the business of kprobe sweep')] : []),
    ],
  };
}

function left(what: string, because: string): Limitation {
  return { what: `${what} of the file`, because };
}

function expectedOf({ key, expect }: SweepTarget): SweepTarget['expect'][number] {
  const [first, second] = expect.filter(({ kind }) => kind === 'reachable' || kind === 'unreachable');
  if (first === undefined) throw new Error(`${key} asserts nothing`);
  if (second === undefined) return first;
  throw new UserError(`${key} is expected to be ${first.says} and ${second.says}`, { hint: 'say one of them' });
}

export interface CheckFacts extends Assertions {
  readonly report: SweepReport;
  readonly file: string;
}

export function checkReport({ report, targets, notes, file }: CheckFacts): CheckReport {
  const reports = new Map(report.targets.map((each) => [each.key, each]));
  const assertions = targets.flatMap((each) => {
    const told = reports.get(each.key);
    return told === undefined ? [] : [assertionOf(each, told)];
  });
  return {
    schema: CHECK_SCHEMA,
    cluster: report.cluster,
    file,
    status: statusOf(assertions),
    summary: summaryOf(assertions),
    assertions,
    notes: [...notes, ...report.notes],
    run: report.run,
  };
}

function assertionOf(asked: SweepTarget, told: TargetReport): Assertion {
  const { from, target, namespace, reach = null, verdict } = told;
  const expected = asked.expect[0]?.kind === 'unreachable' ? 'unreachable' : 'reachable';
  const common = { from, target, namespace, expected, reach } as const;
  if (reach === null || told.state === 'unmeasured') {
    return { ...common, result: 'unmeasured', says: told.says, reach: null, finding: null };
  }
  const met = told.expectations[0]?.met ?? null;
  const vacuous = met === true && expected === 'unreachable' && isUnexplained(told);
  const measured = told.expectations[0]?.measured ?? '';
  const [first = null] = verdict?.findings ?? [];
  return {
    ...common,
    result: met === null || vacuous ? 'unclear' : met ? 'holds' : 'fails',
    says: vacuous
      ? `${measured}; ${reach.endpoints === 0 ? 'it has no ready endpoint' : 'and yet policies admit it: it may be down, or something else than a NetworkPolicy stops it'}`
      : `${measured}${met === null ? '' : `; ${policyWords(told)}`}`,
    finding:
      first === null || (met === true && expected === 'unreachable' && !vacuous)
        ? null
        : { diagnosis: first.diagnosis, certainty: first.certainty, title: first.title },
  };
}

/** Nothing answers in this cluster although its policies let the client in, or nothing is there: a test that a dead server would pass. */
function isUnexplained({ object, reach }: TargetReport): boolean {
  return object !== null && (reach?.policy.verdict === 'allow' || reach?.endpoints === 0);
}

function policyWords({ reach }: TargetReport): string {
  if (reach === undefined) return '';
  return reach.answered > 0 && reach.policy.verdict === 'allow' ? 'policies allow it' : sayDenial(reach);
}

function statusOf(assertions: readonly Assertion[]): CheckReport['status'] {
  if (assertions.some(({ result }) => result === 'fails')) return 'faulty';
  return assertions.every(({ result }) => result === 'holds') ? 'healthy' : 'inconclusive';
}

function summaryOf(assertions: readonly Assertion[]): string {
  const number = (wanted: Assertion['result']) => assertions.filter(({ result }) => result === wanted).length;
  const [holds, fails, unclear, unmeasured] = [
    number('holds'),
    number('fails'),
    number('unclear'),
    number('unmeasured'),
  ];
  const parts = [
    ...(fails > 0 ? [`${fails} ${fails === 1 ? 'fails' : 'fail'}`] : []),
    ...(unclear > 0 ? [`${unclear} cannot be told`] : []),
    ...(unmeasured > 0 ? [`${unmeasured} could not be measured`] : []),
    ...(holds > 0 ? [`${holds} ${holds === 1 ? 'holds' : 'hold'}`] : []),
  ];
  return `${count(assertions.length, 'assertion')}: ${parts.join(', ')}`;
}

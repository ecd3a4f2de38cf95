/** What `kprobe trace` must say of a flow whose fate is known, and where a report differs from it. Pure. */
import type { FlowTrace, FlowWay } from '../../src/model/flow-trace.ts';

/** Where packets of the flow end. */
export interface ExpectedStop {
  readonly node: string;
  /** `dropped`, `rejected`: by a rule. `unseen`: by the kernel, and no rule is named. `passed`: a rule sends them to nobody. */
  readonly end: FlowWay['end'];
  /** That the kernel entered last, with its priority. */
  readonly hook: string;
  readonly priority?: number;
  /** As nft names it. */
  readonly chain?: RegExp;
  readonly rule?: RegExp;
  /** Kind/namespace/name; null: the rule is nobody's. */
  readonly object?: string | null;
  /** Of the summary. */
  readonly says?: RegExp;
  /** The packets of the overlay carry the flow's. */
  readonly isOuter?: boolean;
}

/** null: nothing stops it. */
export type Expected = ExpectedStop | null;

/** Empty: the report is right in every point. */
export function differences(report: FlowTrace, expected: Expected): string[] {
  const stopped = report.ways.filter(({ end }) => end === 'dropped' || end === 'rejected');
  if (expected === null) {
    const named = stopped.map(({ says }) => `it blames: ${says}`);
    return report.status === 'healthy' ? named : [...named, `status ${report.status}: ${report.summary}`];
  }
  const wrong = report.status === 'faulty' ? [] : [`status ${report.status}: ${report.summary}`];
  const says = expected.says?.test(report.summary) === false ? [`it says: ${report.summary}`] : [];
  const isByRule = expected.end === 'dropped' || expected.end === 'rejected';
  const strays = isByRule ? stopped.filter(({ node }) => node !== expected.node) : stopped;
  const way = report.ways.find((each) => isMeant(each, expected));
  return [
    ...wrong,
    ...says,
    ...strays.map((stray) => `it also blames: ${stray.says}`),
    ...(way === undefined ? [`no way on ${expected.node} ends ${expected.end}`] : pointsOf(way, expected)),
  ];
}

function isMeant({ node, end, direction, layer, steps }: FlowWay, expected: ExpectedStop): boolean {
  const isLayer = (layer === 'outer') === (expected.isOuter === true);
  if (node !== expected.node || end !== expected.end || direction !== 'request' || !isLayer) return false;
  // Of ways that passed the one that was sent on.
  return end !== 'passed' || steps.some(({ rule }) => expected.rule?.test(rule ?? '') === true);
}

function pointsOf({ steps, lastHook, end }: FlowWay, expected: ExpectedStop): string[] {
  const place =
    end === 'passed' ? steps.findIndex(({ rule }) => expected.rule?.test(rule ?? '') === true) : steps.length - 1;
  const step = steps[place];
  const base = steps.slice(0, place + 1).findLast(({ hook }) => hook !== null);
  const { object = null } = step ?? {};
  const chain = step === undefined ? '' : `${step.family} ${step.table} ${step.chain}`;
  const points: (readonly [string, string | number | null | undefined, boolean])[] = [
    ['hook', end === 'unseen' ? lastHook : base?.hook, (end === 'unseen' ? lastHook : base?.hook) === expected.hook],
    ['priority', base?.priority, expected.priority === undefined || base?.priority === expected.priority],
    ['chain', chain, expected.chain === undefined || expected.chain.test(chain)],
    ['rule', step?.rule, expected.rule === undefined || expected.rule.test(step?.rule ?? '')],
    [
      'object',
      object === null ? 'nobody' : nameOf(object),
      expected.object === undefined || (object === null ? null : nameOf(object)) === expected.object,
    ],
  ];
  return points.flatMap(([what, found, isRight]) => (isRight ? [] : [`${what}: ${found}`]));
}

function nameOf({ kind, namespace, name }: { kind: string; namespace: string | null; name: string }): string {
  return [kind, ...(namespace === null ? [] : [namespace]), name].join('/');
}

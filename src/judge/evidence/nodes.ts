/** What the controls say of the network between nodes: the matrix, and who is reachable from where. */
import type { Evidence, PathEvidence, PathState } from './evidence.ts';
import { farNodeOf, pathsBetween } from './contrast.ts';

/** One ordered pair of nodes. */
export interface NodePair {
  readonly from: string;
  readonly to: string;
  /** TCP and UDP together: their common state; `lossy` where only part of them is answered, `dead` where they fail in several ways. */
  readonly state: PathState;
  readonly tcp: readonly PathEvidence[];
  readonly udp: readonly PathEvidence[];
}

/** Every ordered pair of nodes between whose controls something was planned; same-node pairs are left out. */
export function nodesMatrix(evidence: Pick<Evidence, 'paths'>): readonly NodePair[] {
  const between = pathsBetween(evidence, { fromKind: 'control', toKind: 'control' }).filter(
    (each) => each.from.node !== null && farNodeOf(each) !== null && each.from.node !== farNodeOf(each),
  );
  const pairs = Map.groupBy(between, (each) => `${each.from.node}\n${farNodeOf(each)}`);
  return [...pairs.values()].map((paths) => {
    const [first] = paths;
    return {
      from: first?.from.node ?? '',
      to: first === undefined ? '' : (farNodeOf(first) ?? ''),
      state: together(paths.filter((each) => !isLarge(each)).map((each) => each.state)),
      tcp: paths.filter((each) => each.path.probe.kind === 'tcp'),
      udp: paths.filter((each) => each.path.probe.kind === 'udp'),
    };
  });
}

/** Whether pods on `from` reach pods on `node`, by the controls; null where that was not measured. A RST has come back, too. */
export function reachableNode(evidence: Pick<Evidence, 'paths'>, from: string, node: string): boolean | null {
  const ends = { fromKind: 'control', fromNode: from, toKind: 'control', toNode: node } as const;
  const measured = pathsBetween(evidence, ends).filter((each) => each.state !== 'unmeasured' && !isLarge(each));
  if (measured.length === 0) return null;
  return measured.some((each) => each.answered.length > 0 || each.state === 'refused');
}

/** Large answers test the MTU, not whether the nodes reach each other. */
function isLarge({ path: { probe } }: PathEvidence): boolean {
  return probe.kind === 'tcp' && probe.bytes > 0;
}

function together(states: readonly PathState[]): PathState {
  const measured = states.filter((state) => state !== 'unmeasured');
  const [first = 'unmeasured'] = measured;
  if (measured.every((state) => state === first)) return first;
  return measured.some((state) => state === 'open' || state === 'lossy') ? 'lossy' : 'dead';
}

/** What nodes said of themselves before and after the attempts, by node; and what of it is theirs alone. */
import type { NodeFacts } from '../../../probes/wire.ts';
import type { Limitation } from '../../model/cluster.ts';
import { count, list } from '../../model/format.ts';
import { derived } from '../derived.ts';
import type { Evidence } from './evidence.ts';

export interface NodeView {
  readonly node: string;
  /** As it was before the attempts; where that is missing, after them. */
  readonly facts: NodeFacts;
  /** The same as it was last told; null: nothing was dropped until a settled verdict ended the run, or nobody was there any more. */
  readonly end: NodeFacts | null;
  /**
   * No other node of this run runs on the same kernel. Where nodes are network namespaces or containers of one machine, what the
   * kernel has once (neighbour table, CPUs) is no fact about any one of them.
   */
  readonly isAlone: boolean;
  /** By how much a count of its network namespace grew during the attempts; null where it was not read twice. */
  moved(counter: string): number | null;
  /** The same of its machine; null as well where other nodes share that. */
  movedOnMachine(counter: string): number | null;
}

/** By node, in the order told. */
export const nodeViews = derived((evidence: Evidence): ReadonlyMap<string, NodeView> => {
  const told = (evidence.recording.nodeFacts ?? []).filter(({ agent }) => evidence.agents.get(agent)?.kind === 'host');
  const byNode = Map.groupBy(told, ({ agent }) => evidence.agents.get(agent)?.node ?? '');
  const kernels = [...byNode.values()].map(([first]) => first?.kernelId ?? null);
  return new Map(
    [...byNode].flatMap(([node, all]): [string, NodeView][] => {
      const facts = all.find(({ when }) => when === 'start') ?? all[0];
      if (facts === undefined || node === '') return [];
      // One agent's own two readings: another's would be of other moments.
      const end = all.findLast(({ agent, when }) => agent === facts.agent && when !== 'start') ?? null;
      const isAlone = facts.kernelId !== null && kernels.filter((each) => each === facts.kernelId).length === 1;
      return [[node, makeView({ node, facts, end, isAlone })]];
    }),
  );
});

export function nodeView(evidence: Evidence, node: string | null): NodeView | null {
  return nodeViews(evidence).get(node ?? '') ?? null;
}

function makeView(read: Pick<NodeView, 'node' | 'facts' | 'end' | 'isAlone'>): NodeView {
  const { facts, end, isAlone } = read;
  const grown = (pick: (of: NodeFacts) => NodeFacts['counters'], counter: string): number | null => {
    if (facts.when !== 'start') return null;
    const [before, after] = [pick(facts)[counter], end === null ? undefined : pick(end)[counter]];
    // A count that ran over, or was set back, tells nothing.
    return before === undefined || after === undefined || after < before ? null : after - before;
  };
  return {
    ...read,
    moved: (counter) => grown((of) => of.counters, counter),
    movedOnMachine: (counter) => (isAlone ? grown((of) => of.machine.counters, counter) : null),
  };
}

/** What kernels did not show: one line for each set of files, with the nodes that lack them. */
export function nodeFactLimits(evidence: Evidence): Limitation[] {
  const lacking = [...nodeViews(evidence).values()].filter(({ facts }) => facts.unread.length > 0);
  const bySet = Map.groupBy(lacking, ({ facts }) => facts.unread.toSorted().join('\n'));
  return [...bySet.values()].map((views) => ({
    what: `${list(views[0]?.facts.unread.toSorted() ?? [], 3)} of ${views.length > 3 ? count(views.length, 'node') : list(views.map(({ node }) => node))}`,
    because: 'this kernel does not show it to a pod on the node’s network',
  }));
}

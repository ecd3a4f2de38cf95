import { count, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { nodeViews } from '../evidence/node-facts.ts';
import type { NodeView } from '../evidence/node-facts.ts';
import { above, elsewhere, isLosing, leavesNode, pathsAt } from '../views/node-trouble.ts';

/** gc_thresh3 is a hard limit; garbage is collected right below it. */
const FULL = 0.95;
/** One lost attempt is chance. */
const FEWEST = 2;
const COUNTERS = ['Arp.table_fulls', 'Ndisc.table_fulls'] as const;

export default defineDiagnosis({
  id: 'full-neighbor-table',
  class: 'retransmit-drop',
  layer: 'node',
  title: "A node's table of neighbours is full",
  why: 'A node keeps an entry for each address that it talks to on a link: pods on its bridge, other nodes, in flat networks every pod of the cluster. At gc_thresh3 (1,024 by default) no new one is made: packets to addresses that are not in it are dropped ("neighbour: arp_cache: neighbor table overflow!" in the kernel log), programs of the node itself see ENOBUFS.',
  test: "The node's own figures: entries are at gc_thresh3, or table_fulls of /proc/net/stat/arp_cache grows; paths from the node lose packets, paths that it has no part in do not.",
  remedy:
    'Raise net.ipv4.neigh.default.gc_thresh1 to 3 on all nodes (1, 2 and 4 times what a node may talk to; the same for ipv6), by a sysctl file, not by hand.',
  limits:
    'The table is one for all network namespaces of a kernel and told to the first of them alone: in nodes that are containers it is not seen, and where several nodes share a kernel none of them is blamed for it.',
  experiments: ['node-pairs', 'node-network', 'endpoints'],
  suspects: (evidence) =>
    [...nodeViews(evidence).values()].filter((view) => view.isAlone && (isFull(view) || overflowsOf(view) > 0)),
  arm: (view, evidence) => {
    const paths = losingFrom(evidence, view);
    const spoilt = paths.reduce((sum, { unanswered, ladder }) => sum + unanswered.length + ladder.length, 0);
    return { paths, fails: spoilt >= FEWEST };
  },
  contrasts: (view, evidence) => {
    const overflows = overflowsOf(view);
    return [
      {
        label: 'Counter',
        holds: overflows > 0 ? true : null,
        says: `${view.node} itself counts ${count(overflows, 'packet')} for which no neighbour could be entered meanwhile (table_fulls)`,
        attempts: [],
        settles: `See whether table_fulls of /proc/net/stat/arp_cache grows on ${view.node}, or its kernel log says "neighbor table overflow".`,
      },
      ...elsewhere(evidence, view.node),
    ];
  },
  suffer: (view, evidence) => above(evidence, losingFrom(evidence, view)),
  blame: (view) => ({
    title: `The neighbour table of node ${view.node} is full (${fillOf(view)}): it reaches no address that is new to it`,
    object: { kind: 'Node', namespace: null, name: view.node },
    where: { from: view.node, to: 'all nodes' },
    timer: { name: 'SYN retransmission', ms: 1000 },
    fix: {
      says: `On ${view.node} (and its siblings): ${list(
        [1, 2, 3].map((level) => `sysctl -w net.ipv4.neigh.default.gc_thresh${level}=${2 ** (level - 1) * 4096}`),
      )}; ip neigh | wc -l tells how many it needs.`,
      manifest: null,
    },
  }),
});

function isFull({ facts, end }: NodeView): boolean {
  return [facts, end].some((each) => {
    const table = each?.machine.neighbors ?? null;
    return table !== null && table.thresholds[2] > 0 && table.entries >= FULL * table.thresholds[2];
  });
}

function fillOf({ facts, end }: NodeView): string {
  const table = end?.machine.neighbors ?? facts.machine.neighbors;
  return table === null ? 'it overflows' : `${table.entries} entries, gc_thresh3 is ${table.thresholds[2]}`;
}

function overflowsOf(view: NodeView): number {
  return COUNTERS.reduce((sum, name) => sum + (view.movedOnMachine(name) ?? 0), 0);
}

function losingFrom(evidence: Evidence, { node }: NodeView): PathEvidence[] {
  return pathsAt(evidence, node).filter((path) => leavesNode(path) && isLosing(path) && path.state !== 'refused');
}

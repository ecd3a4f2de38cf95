import { count, percent } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { nodeViews } from '../evidence/node-facts.ts';
import type { NodeView } from '../evidence/node-facts.ts';
import { above, elsewhere, isLosing, leavesNode, pathsAt } from '../views/node-trouble.ts';

/** Near the limit the kernel drops in bursts, as old entries leave: the figure of one moment is a little below it. */
const NEARLY = 0.9;
const FULL = 0.98;
/** One lost attempt is chance. */
const FEWEST = 2;

export default defineDiagnosis({
  id: 'full-conntrack',
  class: 'retransmit-drop',
  layer: 'node',
  title: "A node's table of connections is full",
  why: 'Each connection, UDP flow and translated packet needs an entry (nf_conntrack). At the limit every new one is dropped, at once and without an ICMP message, while old ones go on: connects run through the SYN schedule, DNS through the timeouts of the resolver, at random.',
  test: "The node's own figures: entries are at the limit (nf_conntrack_count and nf_conntrack_max), drop or early_drop of /proc/net/stat/nf_conntrack grows, paths that cross the node lose new connections, and paths that it has no part in do not.",
  remedy:
    'Find who opens so many (conntrack -L | by source), raise net.netfilter.nf_conntrack_max (kube-proxy sets it: --conntrack-max-per-core, --conntrack-min), shorten timeouts of what is never closed.',
  limits:
    'Read by a pod on the host network; without one it stays lost-syn. The limit is the kernel’s, the entries are counted for each network namespace.',
  experiments: ['endpoints', 'service-address', 'node-pairs', 'node-network'],
  isShare: true,
  suspects: (evidence) => [...nodeViews(evidence).values()].filter((view) => (fillOf(view)?.share ?? 0) >= NEARLY),
  arm: (view, evidence) => {
    const paths = losingAt(evidence, view);
    const spoilt = paths.reduce((sum, { unanswered, ladder }) => sum + unanswered.length + ladder.length, 0);
    return { paths, fails: spoilt >= FEWEST };
  },
  contrasts: (view, evidence) => {
    const fill = fillOf(view);
    const dropped = droppedBy(view);
    return [
      {
        label: 'Table',
        holds: (fill?.share ?? 0) >= FULL ? true : null,
        says: `the connection table of ${view.node} is full: ${fill?.says}`,
        attempts: [],
        settles: `Compare nf_conntrack_count with nf_conntrack_max on ${view.node} while connects fail.`,
      },
      {
        label: 'Drops',
        holds: dropped === null ? null : dropped > 0,
        says: `${view.node} dropped ${count(dropped ?? 0, 'packet')} meanwhile because of it (drop and early_drop of nf_conntrack)`,
        attempts: [],
        settles: `See whether drop and early_drop of ${view.node} grow (conntrack -S).`,
      },
      ...elsewhere(evidence, view.node),
    ];
  },
  suffer: (view, evidence) => above(evidence, losingAt(evidence, view)),
  blame: (view) => ({
    title: `The connection table of node ${view.node} is full (${fillOf(view)?.says}): new connections are dropped there`,
    object: { kind: 'Node', namespace: null, name: view.node },
    where: { from: view.node, to: 'all nodes' },
    timer: { name: 'SYN retransmission', ms: 1000 },
    fix: {
      says: `On ${view.node}: conntrack -L, by source, shows who holds the entries; sysctl -w net.netfilter.nf_conntrack_max=${2 * (view.facts.conntrack?.limit ?? 0)} gives room until they are found (some 320 bytes of kernel memory an entry).`,
      manifest: null,
    },
  }),
});

interface Fill {
  readonly share: number;
  readonly says: string;
}

/** The fullest that it was seen; null where the node tracks no connections or did not say. */
export function fillOf({ facts, end }: NodeView): Fill | null {
  const seen = [facts.conntrack ?? [], end?.conntrack ?? []].flat().filter(({ limit }) => limit > 0);
  const [most] = seen.toSorted((a, b) => b.entries / b.limit - a.entries / a.limit);
  if (most === undefined) return null;
  const share = most.entries / most.limit;
  const say = (figure: number) => figure.toLocaleString('en-US');
  return { share, says: `${say(most.entries)} of ${say(most.limit)} entries, ${percent(share)}` };
}

function droppedBy(view: NodeView): number | null {
  const moved = ['Conntrack.drop', 'Conntrack.early_drop'].map((name) => view.moved(name));
  return moved.every((each) => each === null) ? null : moved.reduce<number>((sum, each) => sum + (each ?? 0), 0);
}

/** What crosses the node by way of its table. Refusals are answers. */
function losingAt(evidence: Evidence, { node }: NodeView): PathEvidence[] {
  return pathsAt(evidence, node).filter((path) => leavesNode(path) && isLosing(path) && path.state !== 'refused');
}

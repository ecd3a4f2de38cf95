import { count, duration } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { PathEvidence } from '../evidence/evidence.ts';
import { meshesOf } from '../views/mesh.ts';
import type { Mesh } from '../views/mesh.ts';
import { networkName } from '../views/overlay.ts';
import { slowNodePairsOf } from '../views/slow-node-pairs.ts';
import type { SlowNode, SlowNodePair } from '../views/slow-node-pairs.ts';
import { line } from '../words/words.ts';

const OTHERS = 'all other nodes';
const NODE_PAIRS = { both: 'its node pairs', to: 'node pairs towards it', from: 'node pairs from it' } as const;
/** More node pairs than these are told as a number. */
const MOST_NODE_PAIRS = 3;
/** A connect is the far kernel's work and an answer that of a process: so much quicker, and the network is not what takes the time. */
const QUICKER = 3;

export default defineDiagnosis({
  id: 'slow-node-path',
  class: 'cross-node-overlay',
  layer: 'network',
  title: 'One node, or one node pair, is much slower than the others',
  why: 'Nothing is lost, so nothing fails and nothing is logged. Every call that crosses there takes its extra milliseconds, and a request that makes fifty calls takes fifty times that.',
  test: 'Probe pods on every pair of nodes measure each other many times; node pairs are compared with node pairs of their kind, within zones or across the same two zones. Beside the answer of a process stands the connect, which the far kernel answers alone: it tells a slow network from a busy node.',
  remedy:
    'A busy node: look at its CPU pressure, throttling and interrupts. A slow node pair: look at the link, its queues and shaping, its route (a detour through another zone), and the MTU.',
  limits:
    'Only a matrix asks for it. A whole crossing of two zones is not compared with another, for distance is no fault; neither is a kind with fewer than four node pairs. Less than 5 ms above the others is not reported, and where more than a quarter of all node pairs is slow nothing stands out.',
  experiments: ['node-pairs', 'node-network'],
  suspects: (evidence) => (evidence.target.kind === 'nodes' ? suspectsIn(meshesOf(evidence)) : []),
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: () => [
    {
      label: 'Again',
      holds: null,
      says: '',
      attempts: [],
      settles: 'Measure again at another time: what is slow then as well is no passing load.',
    },
  ],
  blame: ({ paths, title, object, where }) => {
    const isBusy = paths.length > 0 && paths.every(isBusyBehind);
    return {
      title,
      object,
      where,
      lines: [
        ...paths
          .slice(0, MOST_NODE_PAIRS)
          .map((path) => line('Phases', `${path.from.node} → ${path.to?.node}: ${phasesOf(path)}`)),
        ...(isBusy ? [line('Who', 'connects are quick, answers are not: kernels are in time, processes are not')] : []),
      ],
      fix: {
        says: isBusy
          ? 'Look at the CPU of the slow node: pressure (/proc/pressure/cpu), throttled pods, interrupts.'
          : 'Look at what these node pairs share: the link and its queues, traffic shaping, a route that makes a detour.',
        manifest: null,
      },
    };
  },
});

interface Suspect {
  readonly paths: readonly PathEvidence[];
  readonly title: string;
  readonly object: { kind: string; namespace: null; name: string } | null;
  readonly where: { from: string; to: string };
}

/** The lower network first: what is slow there is not told again of the pods. */
function suspectsIn(meshes: readonly Mesh[]): Suspect[] {
  const found: Suspect[] = [];
  const known = new Set<string>();
  for (const mesh of meshes) {
    const { nodes, nodePairs } = slowNodePairsOf(mesh);
    for (const slow of nodes.filter(({ node }) => !known.has(node))) {
      known.add(slow.node);
      found.push(slowNode(mesh, slow));
    }
    const left = nodePairs.filter(({ pair }) => !known.has(`${pair.from}\n${pair.to}`));
    for (const { pair } of left) known.add(`${pair.from}\n${pair.to}`);
    if (left.length > 0) found.push(slowPairs(mesh, left));
  }
  return found;
}

function slowNode(mesh: Mesh, { node, direction, ms, othersMs, pairs }: SlowNode): Suspect {
  return {
    paths: pairs.map(({ path }) => path),
    title: `Node ${node} is slow: ${NODE_PAIRS[direction]} over the ${networkName(mesh)} take ${duration(ms)}, those of others ${duration(othersMs)}`,
    object: { kind: 'Node', namespace: null, name: node },
    where: direction === 'to' ? { from: OTHERS, to: node } : { from: node, to: OTHERS },
  };
}

function slowPairs(mesh: Mesh, nodePairs: readonly SlowNodePair[]): Suspect {
  const [first] = nodePairs.toSorted((a, b) => b.ms - a.ms);
  const more = nodePairs.length === 1 ? '' : `, and so are ${count(nodePairs.length - 1, 'other node pair')}`;
  const [from, to] = [first?.pair.from ?? '', first?.pair.to ?? ''];
  return {
    paths: nodePairs.map(({ pair }) => pair.path),
    title: `${from} → ${to} is slow over the ${networkName(mesh)}: ${duration(first?.ms ?? 0)} at best, others of its kind ${duration(first?.othersMs ?? 0)}${more}`,
    object: null,
    where: { from, to },
  };
}

function phasesOf(path: PathEvidence): string {
  const [connect, total] = [path.median('connect'), path.median('total') ?? 0];
  return connect === null ? duration(total) : `connect ${duration(connect)}, in all ${duration(total)}`;
}

function isBusyBehind(path: PathEvidence): boolean {
  const connect = path.median('connect');
  return connect !== null && QUICKER * connect < (path.median('total') ?? 0);
}

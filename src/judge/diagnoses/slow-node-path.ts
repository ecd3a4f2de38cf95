import { anyDelay, explain } from '../engine/reach.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { count, duration } from '../../model/format.ts';
import { meshesOf } from '../views/mesh.ts';
import type { Mesh } from '../views/mesh.ts';
import { slowWaysOf } from '../views/slow-ways.ts';
import type { SlowNode, SlowWay } from '../views/slow-ways.ts';
import { line, sight } from '../words/words.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Found } from '../engine/diagnosis.ts';
import { networkName } from '../views/overlay.ts';

const OTHERS = 'all other nodes';
const WAYS = { both: 'its ways', to: 'ways to it', from: 'ways from it' } as const;
/** More ways than these are told as a number. */
const MOST_WAYS = 3;
/** A connect is the far kernel's work and an answer that of a process: so much quicker, and the network is not what takes the time. */
const QUICKER = 3;

export default defineDiagnosis({
  id: 'slow-node-path',
  class: 'cross-node-overlay',
  title: 'One node, or one way between nodes, is much slower than the others',
  why: 'Nothing is lost, so nothing fails and nothing is logged. Every call that crosses there takes its extra milliseconds, and a request that makes fifty calls takes fifty times that.',
  test: 'Probe pods on every pair of nodes measure each other many times; ways are compared with ways of their kind, within zones or across the same two zones. Beside the answer of a process stands the connect, which the far kernel answers alone: it tells a slow network from a busy node.',
  remedy:
    'A busy node: look at its CPU pressure, throttling and interrupts. A slow way: look at the link, its queues and shaping, its route (a detour through another zone), and the MTU.',
  limits:
    'Only a matrix asks for it. A whole crossing of two zones is not compared with another, for distance is no fault; neither is a kind with fewer than four ways. Less than 5 ms above the others is not told, and where more than a quarter of all ways is slow nothing stands out.',
  maskedBy: ['broken-overlay', 'broken-node-overlay', 'lost-syn'],
  find(evidence) {
    if (evidence.target.kind !== 'nodes') return [];
    const found: Found[] = [];
    const known = new Set<string>();
    for (const mesh of meshesOf(evidence)) {
      const { nodes, ways } = slowWaysOf(mesh);
      for (const slow of nodes.filter(({ node }) => !known.has(node))) {
        known.add(slow.node);
        found.push(slowNode(evidence, mesh, slow));
      }
      const left = ways.filter(({ pair }) => !known.has(`${pair.from}\n${pair.to}`));
      for (const { pair } of left) known.add(`${pair.from}\n${pair.to}`);
      if (left.length > 0) found.push(slowWays(evidence, mesh, left));
    }
    return found;
  },
});

function slowNode(evidence: Evidence, mesh: Mesh, { node, direction, ms, othersMs, pairs }: SlowNode): Found {
  const paths = pairs.map(({ path }) => path);
  return {
    ...common(evidence, paths),
    title: `Node ${node} is slow: ${WAYS[direction]} over the ${networkName(mesh)} take ${duration(ms)}, those of others ${duration(othersMs)}`,
    object: { kind: 'Node', namespace: null, name: node },
    where: direction === 'to' ? { from: OTHERS, to: node } : { from: node, to: OTHERS },
  };
}

function slowWays(evidence: Evidence, mesh: Mesh, ways: readonly SlowWay[]): Found {
  const [first] = ways.toSorted((a, b) => b.ms - a.ms);
  const paths = ways.map(({ pair }) => pair.path);
  const from = first?.pair.from ?? '';
  const to = first?.pair.to ?? '';
  const more = ways.length === 1 ? '' : `, and so are ${count(ways.length - 1, 'other way')}`;
  return {
    ...common(evidence, paths),
    title: `${from} → ${to} is slow over the ${networkName(mesh)}: ${duration(first?.ms ?? 0)} at best, others of its kind ${duration(first?.othersMs ?? 0)}${more}`,
    object: null,
    where: { from, to },
  };
}

function common(evidence: Evidence, paths: readonly PathEvidence[]): Omit<Found, 'title' | 'object' | 'where'> {
  const explained = explain(evidence, paths, anyDelay);
  const told = paths.slice(0, MOST_WAYS).map((path) => `${path.from.node} → ${path.to?.node}: ${phasesOf(path)}`);
  const more = paths.length > MOST_WAYS ? [`and ${paths.length - MOST_WAYS} more alike`] : [];
  const isBusy = paths.length > 0 && paths.every(isBusyBehind);
  return {
    certainty: 'likely',
    timer: null,
    evidence: [
      ...sight(evidence, explained),
      ...[...told, ...more].map((says, index) =>
        line('Where', says, index === 0 ? paths.flatMap((path) => path.answered).slice(0, 100) : []),
      ),
      ...(isBusy ? [line('Who', 'connects are quick, answers are not: kernels are in time, processes are not')] : []),
    ],
    fix: {
      says: isBusy
        ? 'Look at the CPU of the slow node: pressure (/proc/pressure/cpu), throttled pods, interrupts.'
        : 'Look at what these ways share: the link and its queues, traffic shaping, a route that makes a detour.',
      manifest: null,
    },
    wouldSettle: 'Measure again at another time: what is slow then as well is no passing load.',
    accounts: paths.map((path) => path.path.id),
    explained,
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

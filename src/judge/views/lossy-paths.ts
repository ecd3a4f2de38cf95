/** Which paths lose SYNs by more than what a great many connects lose anywhere. */
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { sum } from '../../model/sum.ts';
import { cutsOf } from './relapses.ts';

/** Above this share of all connects it is the network's way. A single diagnosis makes too few connects to be below with two. */
const RARE_SHARE = 0.001;
/** Below, it must gather: twice on one path, or at one node more often than chance makes of this many nodes once in a hundred runs. */
const GATHERED = 2;
const CHANCE = 0.01;

/**
 * A Service's address chooses an endpoint anew for each SYN, so a second SYN there may only mean that the first met a dead endpoint: such
 * paths count beside a path of the same source that loses SYNs by itself. What was dropped while nobody was Ready is another matter.
 */
export function lossyPaths(evidence: Evidence): PathEvidence[] {
  const lossy = unusuallyLossy(evidence);
  const isService = ({ path }: PathEvidence) => path.to.kind === 'service';
  const direct = new Set(lossy.flatMap((path) => (isService(path) ? [] : [path.from.id])));
  return lossy.filter((path) => !isService(path) || direct.has(path.from.id));
}

function unusuallyLossy(evidence: Evidence): PathEvidence[] {
  const tried = evidence.paths.filter((path) => path.from.kind !== 'local' && connectsOf(path) > 0);
  const cut = new Set(cutsOf(evidence).flatMap(({ met }) => met.map(({ path }) => path)));
  const lossy = tried.filter((path) => path.ladder.length > 0 && isWorking(path) && !cut.has(path));
  const connects = sum(tried.map(connectsOf));
  const rungs = sum(lossy.map((path) => path.ladder.length));
  if (rungs >= RARE_SHARE * connects) return lossy;
  const nodes = new Map<string, { connects: number; rungs: number }>();
  for (const path of tried) {
    for (const node of endsOf(path)) {
      const own = nodes.get(node) ?? { connects: 0, rungs: 0 };
      own.connects += connectsOf(path);
      own.rungs += lossy.includes(path) ? path.ladder.length : 0;
      nodes.set(node, own);
    }
  }
  const standsOut = new Set(
    [...nodes].flatMap(([node, own]) => {
      const chance = atLeast(own.rungs, (own.connects * rungs) / connects) * nodes.size;
      return own.rungs >= GATHERED && chance < CHANCE ? [node] : [];
    }),
  );
  return lossy.filter((path) => path.ladder.length >= GATHERED || endsOf(path).some((node) => standsOut.has(node)));
}

function connectsOf({ path, attempts }: PathEvidence): number {
  return path.probe.kind === 'tcp' || path.probe.kind === 'http' ? attempts.length : 0;
}

function endsOf({ path, from }: PathEvidence): string[] {
  return [from.node, 'node' in path.to ? path.to.node : null].filter((node) => node !== null);
}

/** Probability of so many or more where so many are expected (Poisson). */
function atLeast(count: number, expected: number): number {
  let term = Math.exp(-expected);
  let below = 0;
  for (let index = 0; index < count; index += 1) {
    below += term;
    term *= expected / (index + 1);
  }
  return Math.max(0, 1 - below);
}

/** The paths that one node can spoil, beside those that it cannot. */
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isFailing } from '../evidence/failing.ts';
import { isWorking } from '../evidence/state.ts';
import { list } from '../../model/format.ts';
import { ends } from '../words/words.ts';

/** Measured paths that begin or end at the node, and that policy does not deny. */
export function pathsAt(evidence: Evidence, node: string): PathEvidence[] {
  return measured(evidence).filter((path) => touches(path, node));
}

export function touches({ from, path: { to } }: PathEvidence, node: string): boolean {
  return from.node === node || ('node' in to && to.node === node);
}

/** Whether packets of this path cross the node's own network: those between its own pods may stay on a bridge. */
export function leavesNode({ path: { locality } }: PathEvidence): boolean {
  return locality !== 'same-node';
}

/** Connects that got no answer at all, or only after more than one SYN. */
export function isLosing({ unanswered, ladder }: PathEvidence): boolean {
  return unanswered.length > 0 || ladder.length > 0;
}

/** A question by UDP has no SYN to lose. */
export function isConnect({ path: { probe } }: PathEvidence): boolean {
  return probe.kind === 'tcp' || probe.kind === 'http';
}

/** SYNs and datagrams that are known to be lost on these paths: each unanswered attempt lost at least one. */
export function lostOn(paths: readonly PathEvidence[]): number {
  return paths.reduce((sum, { unanswered, ladder }) => {
    const late = ladder.filter(({ connectMs }) => connectMs !== null);
    return sum + unanswered.length + late.reduce((total, { retransmissions }) => total + retransmissions, 0);
  }, 0);
}

/** The last word of a node may be two seconds old when a run ends, and its attempts come all the time. */
const ACCOUNTED = 0.5;
/** Strays make a count move by one now and then. */
const FEWEST_COUNTED = 2;

/** Whether what a node itself counts accounts for what was lost there; null: for a part of it. */
export function accountsFor(counted: number, lost: number): boolean | null {
  return counted >= ACCOUNTED * lost ? true : counted >= FEWEST_COUNTED ? null : false;
}

/** At most so large a part of the trouble at the node may be elsewhere: what comes from nowhere in particular is no node's. */
const SPREAD = 0.5;

const COUPLE = 2;

/**
 * Between the other nodes hardly anything is lost. `isAlike`: of which paths; absent: of all. Empty where each node pair has this node
 * in it: of two nodes, what a node counts itself has to settle which of them it is.
 */
export function elsewhere(
  evidence: Evidence,
  node: string,
  isAlike: (path: PathEvidence) => boolean = () => true,
): Contrast[] {
  if (evidence.cluster.nodes.length <= COUPLE) return [];
  const all = measured(evidence).filter((path) => isBetweenNodes(path) && isAlike(path));
  const [own, others] = [all.filter((path) => touches(path, node)), all.filter((path) => !touches(path, node))];
  const clean = others.filter((path) => isWorking(path) && !isLosing(path));
  return [
    {
      label: 'Elsewhere',
      holds: others.length === 0 ? null : losingShare(others) <= SPREAD * losingShare(own),
      says: `${list(clean.slice(0, 3).map(ends), 3)}: nothing is lost`,
      attempts: clean.flatMap(({ answered }) => answered).slice(0, 10),
      settles: 'Measure between nodes that this one has no part in.',
    },
  ];
}

function losingShare(paths: readonly PathEvidence[]): number {
  return paths.length === 0 ? 0 : paths.filter(isLosing).length / paths.length;
}

/** Services and names that the same vantages ask for, and that fail by way of the troubled paths. */
export function above(evidence: Evidence, troubled: readonly PathEvidence[]): PathEvidence[] {
  const sources = new Set(troubled.map(({ from }) => from.id));
  return measured(evidence).filter(
    (path) => sources.has(path.from.id) && isThroughService(path) && (isFailing(evidence, path) || isLosing(path)),
  );
}

function isThroughService({ path: { to } }: PathEvidence): boolean {
  return to.kind === 'service' || to.kind === 'resolver' || (to.kind === 'dns-server' && to.service !== null);
}

function isBetweenNodes({ path, from }: PathEvidence): boolean {
  return from.kind !== 'local' && path.locality === 'cross-node';
}

export function measured(evidence: Evidence): PathEvidence[] {
  return evidence.paths.filter(
    (path) =>
      path.state !== 'unmeasured' && path.from.node !== null && expectationOf(evidence, path).verdict !== 'deny',
  );
}

/** Connections of which each gets through at once or never: what treats one flow alike, however often its SYN is sent again. */
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { measured } from './node-trouble.ts';

/** So many SYNs of one flow were all lost; where half of all packets are, that happens once in eight. */
const FEWEST_SYNS = 3;
/** Of each kind, over all paths: by chance neither is seen so often while nothing lies between them. */
const FEWEST = 3;
/** There and back again: no change of state in between makes that. */
const FEWEST_TURNS = 2;
/** Connects that got through late, as a share of those that never did: random loss makes far more of these. */
const MOST_LATE = 0.1;

export interface FlowLoss {
  /** Paths with flows of both kinds, and those beside them that met only dead ones. */
  readonly paths: readonly PathEvidence[];
  readonly mixed: readonly PathEvidence[];
  readonly never: readonly Attempt[];
  readonly atOnce: readonly Attempt[];
  /** SYNs that each of the dead flows sent, at least. */
  readonly syns: number;
}

export const flowLoss = derived((evidence: Evidence): FlowLoss | null => {
  const direct = measured(evidence).filter(isDirect);
  const mixed = direct.filter((path) => neverOf(path).length > 0 && atOnceOf(path).length > 0);
  const never = mixed.flatMap(neverOf);
  const atOnce = mixed.flatMap(atOnceOf);
  if (never.length < FEWEST || atOnce.length < FEWEST || !mixed.some(isAlternating)) return null;
  // Random loss spares no path: a second or a third SYN would get through on any of them.
  const late = direct.flatMap(({ ladder }) => ladder.filter(({ connectMs }) => connectMs !== null));
  if (late.length > MOST_LATE * never.length) return null;
  const places = new Set(mixed.map(placeOf));
  const whole = direct.filter((path) => !isWorking(path) && neverOf(path).length > 0 && places.has(placeOf(path)));
  const syns = Math.min(...never.map(({ sample }) => sample.synRetransmissions + 1));
  return { paths: [...mixed, ...whole], mixed, never, atOnce, syns };
});

/** One far end, and no proxy or translation that chooses among several. */
function isDirect({ path: { to, probe }, from }: PathEvidence): boolean {
  const isTcp = probe.kind === 'tcp' || probe.kind === 'http';
  return isTcp && from.kind !== 'local' && (to.kind === 'backend' || to.kind === 'agent' || to.kind === 'external');
}

function neverOf({ unanswered }: PathEvidence): Attempt[] {
  return unanswered.filter(({ sample }) => isInConnect(sample.outcome) && sample.synRetransmissions + 1 >= FEWEST_SYNS);
}

function isInConnect(outcome: Attempt['sample']['outcome']): boolean {
  return (outcome.kind === 'silent' || outcome.kind === 'cut') && outcome.phase === 'connect';
}

function atOnceOf({ answered }: PathEvidence): Attempt[] {
  return answered.filter(({ sample }) => sample.synRetransmissions === 0);
}

function isAlternating(path: PathEvidence): boolean {
  const lost = new Set(neverOf(path));
  const inOrder = [...lost, ...atOnceOf(path)]
    .toSorted((a, b) => a.sample.at - b.sample.at)
    .map((attempt) => lost.has(attempt));
  return inOrder.filter((isLost, index) => index > 0 && isLost !== inOrder[index - 1]).length >= FEWEST_TURNS;
}

/** The two nodes that a path joins. */
function placeOf({ from, path: { to } }: PathEvidence): string {
  return `${from.node}\n${'node' in to ? to.node : 'address' in to ? to.address : ''}`;
}

/**
 * Node pairs that answer, and take much longer than others of their kind: those within zones, or those across the same two
 * zones. Distance is no fault, so a whole crossing is not held against another one; and neither is a busy moment, so a node pair is held
 * against the slower ones among the others, not against the quickest.
 */
import { derived } from '../derived.ts';
import type { PathEvidence } from '../evidence/evidence.ts';
import { quantile } from '../evidence/median.ts';
import { isWorking } from '../evidence/state.ts';
import type { Mesh, Pair } from './mesh.ts';

/** A node whose node pairs are slow one by one; a busy one is slow to answer, and may ask in time. */
export interface SlowNode {
  readonly node: string;
  readonly direction: 'both' | 'to' | 'from';
  /** Median of all answered attempts of these node pairs, milliseconds. */
  readonly ms: number;
  /** What three quarters of the others stay below. */
  readonly othersMs: number;
  readonly pairs: readonly Pair[];
}

/** One node pair of which even the quickest attempt is slow. */
export interface SlowNodePair {
  readonly pair: Pair;
  readonly ms: number;
  /** What nine of ten others stay below. */
  readonly othersMs: number;
}

export interface SlowNodePairs {
  readonly nodes: readonly SlowNode[];
  /** Those that no slow node accounts for. */
  readonly nodePairs: readonly SlowNodePair[];
}

/** Clearly beyond the others: so many times as long, and so many milliseconds more. */
const TIMES = 3;
const MORE_MS = 5;
/** With fewer others there is nothing to compare with. */
const FEWEST_OTHERS = 2;
const FEWEST_SIBLINGS = 4;
const FEWEST_PEERS = 2;
/** Of the node pairs of a slow node so many must be slow by themselves: beside a slow node all are slow in part. */
const NEARLY_ALL = 0.75;
const MOST = 0.75;
const ALMOST_ALL = 0.9;
/** Among more node pairs than these one node's own do not move a quantile, and leaving them out for each node would take the square of their number. */
const MANY = 6000;

interface Timed {
  readonly pair: Pair;
  readonly ms: number;
}

export const slowNodePairsOf = derived((mesh: Mesh): SlowNodePairs => {
  const kinds = kindsOf(mesh);
  const nodes = [...mesh.touching.keys()].flatMap((node) => slowNode(mesh, kinds, node) ?? []);
  const known = new Set(nodes.flatMap(({ pairs }) => pairs));
  const nodePairs = [...kinds.values()].flatMap((timed) => {
    const others = timed.filter(({ pair }) => !known.has(pair));
    if (others.length < FEWEST_SIBLINGS) return [];
    return others.flatMap(({ pair }, at): SlowNodePair[] => {
      // Without itself, which is among the slowest where it is slow.
      const rest = Math.ceil((others.length - 1) * ALMOST_ALL) - 1;
      const othersMs = others[rest < at ? rest : rest + 1]?.ms ?? 0;
      const ms = Math.min(...timesOf(pair.path));
      return isClearlySlower(ms, othersMs) ? [{ pair, ms, othersMs }] : [];
    });
  });
  return { nodes, nodePairs };
});

/** So much above the others that chance and a busy moment do not explain it. */
export function isClearlySlower(ms: number, othersMs: number): boolean {
  return ms >= TIMES * othersMs && ms >= othersMs + MORE_MS;
}

/** null: neither all its node pairs are slow, nor all to it, nor all from it. */
function slowNode(mesh: Mesh, kinds: ReadonlyMap<string, readonly Timed[]>, node: string): SlowNode | null {
  const own = (mesh.touching.get(node) ?? []).filter(({ path }) => isWorking(path));
  for (const direction of ['both', 'to', 'from'] as const) {
    const isOwn = ({ from, to }: Pair) =>
      (direction !== 'from' && to === node) || (direction !== 'to' && from === node);
    const reference = new Map<string, number | null>();
    const told = own.filter(isOwn).flatMap((pair) => {
      const kind = kindOf(mesh, pair);
      if (!reference.has(kind)) reference.set(kind, othersOf(kinds.get(kind) ?? [], isOwn));
      const othersMs = reference.get(kind) ?? null;
      return othersMs === null
        ? []
        : [{ pair, othersMs, isSlow: isClearlySlower(pair.path.median('total') ?? 0, othersMs) }];
    });
    const peers = new Set(told.flatMap(({ pair: { from, to } }) => [from, to]));
    const slow = told.filter(({ isSlow }) => isSlow);
    if (peers.size - 1 < FEWEST_PEERS || slow.length <= NEARLY_ALL * told.length) continue;
    const pairs = told.map(({ pair }) => pair);
    const times = pairs.flatMap(({ path }) => timesOf(path));
    return {
      node,
      direction,
      ms: quantile(times, 0.5),
      othersMs: Math.max(...told.map(({ othersMs }) => othersMs)),
      pairs,
    };
  }
  return null;
}

/** What most of the others stay below; null where there are too few. */
function othersOf(sorted: readonly Timed[], isOwn: (pair: Pair) => boolean): number | null {
  const others = sorted.length > MANY ? sorted : sorted.filter(({ pair }) => !isOwn(pair));
  return others.length < FEWEST_OTHERS ? null : (others[Math.ceil(others.length * MOST) - 1]?.ms ?? null);
}

/** By kind, quickest first: how long each node pair usually takes. */
function kindsOf(mesh: Mesh): ReadonlyMap<string, readonly Timed[]> {
  const working = mesh.pairs.filter(({ path }) => isWorking(path));
  const timed = working.map((pair) => ({ pair, ms: pair.path.median('total') ?? 0 })).toSorted((a, b) => a.ms - b.ms);
  return Map.groupBy(timed, ({ pair }) => kindOf(mesh, pair));
}

function kindOf(mesh: Mesh, { from, to }: Pair): string {
  const [one, other] = [mesh.zoneOf(from), mesh.zoneOf(to)];
  return one === other ? 'within' : one < other ? `${one}\n${other}` : `${other}\n${one}`;
}

function timesOf(path: PathEvidence): number[] {
  return path.answered.map(({ sample }) => sample.totalMs);
}

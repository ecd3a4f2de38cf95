/**
 * Ways between nodes that answer, and take much longer than ways of their kind: those within zones, or those across the same two
 * zones. Distance is no fault, so a whole crossing is not held against another one.
 */
import { derived } from './derived.ts';
import type { PathEvidence } from './evidence/evidence.ts';
import { isWorking } from './experiments.ts';
import type { Mesh, Pair } from './mesh.ts';

/** A node whose attempts of all ways together are slow. */
export interface SlowNode {
  readonly node: string;
  /** Median of all answered attempts to and from it, milliseconds. */
  readonly ms: number;
  readonly usualMs: number;
  readonly pairs: readonly Pair[];
}

/** One way of which even the quickest attempt is slow. */
export interface SlowWay {
  readonly pair: Pair;
  readonly ms: number;
  readonly usualMs: number;
}

export interface SlowWays {
  readonly nodes: readonly SlowNode[];
  /** Those that no slow node accounts for. */
  readonly ways: readonly SlowWay[];
}

/** Clearly beyond the others: so many times as long, and so many milliseconds more, which a busy moment of a machine does not make of a median. */
const TIMES = 3;
const MORE_MS = 5;
/** Fewer ways of a kind are no kind. */
const FEWEST_SIBLINGS = 4;
const FEWEST_PEERS = 2;
/** What is usual is told by the quicker quarter of a kind: in a cluster of three, two thirds of all ways touch the slow node. */
const USUAL = 0.25;

export const slowWaysOf = derived((mesh: Mesh): SlowWays => {
  const usual = usualOf(mesh);
  const nodes = [...mesh.touching].flatMap(([node, pairs]): SlowNode[] => {
    const told = pairs.filter((pair) => isWorking(pair.path) && usual.has(kindOf(mesh, pair)));
    const peers = new Set(told.flatMap(({ from, to }) => [from, to]));
    if (peers.size - 1 < FEWEST_PEERS) return [];
    const usualMs = Math.max(...told.map((pair) => usual.get(kindOf(mesh, pair)) ?? 0));
    const ms = quantile(
      told.flatMap(({ path }) => timesOf(path)),
      0.5,
    );
    // Beside a slow node all are slow in part; its own ways are slow one by one.
    const isEach =
      told.filter(({ path }) => isClearlySlower(path.median('total') ?? 0, usualMs)).length > 0.75 * told.length;
    return isClearlySlower(ms, usualMs) && isEach ? [{ node, ms, usualMs, pairs: told }] : [];
  });
  const known = new Set(nodes.map(({ node }) => node));
  const ways = mesh.pairs.flatMap((pair): SlowWay[] => {
    const usualMs = usual.get(kindOf(mesh, pair));
    if (usualMs === undefined || !isWorking(pair.path) || known.has(pair.from) || known.has(pair.to)) return [];
    const ms = Math.min(...timesOf(pair.path));
    return isClearlySlower(ms, usualMs) ? [{ pair, ms, usualMs }] : [];
  });
  return { nodes, ways };
});

/** So much above what is usual that chance and a busy moment do not explain it. */
export function isClearlySlower(ms: number, usualMs: number): boolean {
  return ms >= TIMES * usualMs && ms >= usualMs + MORE_MS;
}

/** By kind of way: how long one usually takes. Kinds of too few ways are left out. */
function usualOf(mesh: Mesh): ReadonlyMap<string, number> {
  const kinds = Map.groupBy(
    mesh.pairs.filter(({ path }) => isWorking(path)),
    (pair) => kindOf(mesh, pair),
  );
  return new Map(
    [...kinds]
      .filter(([, pairs]) => pairs.length >= FEWEST_SIBLINGS)
      .map(([kind, pairs]) => [
        kind,
        quantile(
          pairs.map(({ path }) => path.median('total') ?? 0),
          USUAL,
        ),
      ]),
  );
}

function kindOf(mesh: Mesh, { from, to }: Pair): string {
  const zones = [mesh.zoneOf(from), mesh.zoneOf(to)];
  return zones[0] === zones[1] ? 'within' : zones.toSorted().join('\n');
}

function timesOf(path: PathEvidence): number[] {
  return path.answered.map(({ sample }) => sample.totalMs);
}

/** The value below which this share of them lies, by nearest rank; 0 of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

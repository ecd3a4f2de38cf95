/** Crossings of zones: all node pairs of two of them fail, while their nodes work with others. */
import { isBroken, isWorking } from '../evidence/state.ts';
import type { Mesh, Pair } from './mesh.ts';

export interface Crossing {
  /** Zones by name; '' is "no zone". */
  readonly from: string;
  readonly to: string;
  /** Both directions are cut; else only `from` → `to`. */
  readonly isBoth: boolean;
  /** The broken node pairs. */
  readonly pairs: readonly Pair[];
  /** Whether a node pair between these nodes crosses here in a direction that is cut. */
  cuts(fromNode: string, toNode: string): boolean;
}

/** One couple of nodes alone may be a matter of these two. */
const FEWEST_COUPLES = 2;

export function cutCrossings(mesh: Mesh): Crossing[] {
  const zone = (node: string) => mesh.zoneOf(node);
  const crossing = mesh.pairs.filter((pair) => zone(pair.from) !== zone(pair.to));
  const couples = Map.groupBy(crossing, (pair) => [zone(pair.from), zone(pair.to)].toSorted().join('\n'));
  return [...couples].flatMap(([name, pairs]) => {
    const [a = '', b = ''] = name.split('\n');
    const there = pairs.filter((pair) => zone(pair.from) === a);
    const back = pairs.filter((pair) => zone(pair.from) === b);
    const [isThereCut, isBackCut] = [isCut(there), isCut(back)];
    if (!isThereCut && !isBackCut) return [];
    const cut = [...(isThereCut ? there : []), ...(isBackCut ? back : [])];
    // Nodes that work with nobody are a matter of their own.
    const telling = cut.filter((pair) => isFree(mesh, pair.from) && isFree(mesh, pair.to));
    const told = new Set(telling.map((pair) => [pair.from, pair.to].toSorted().join('\n')));
    if (told.size < FEWEST_COUPLES) return [];
    const [from, to] = isThereCut ? [a, b] : [b, a];
    const isBoth = isThereCut && isBackCut;
    const cuts = (one: string, other: string) =>
      (zone(one) === from && zone(other) === to) || (isBoth && zone(one) === to && zone(other) === from);
    return [{ from, to, isBoth, pairs: cut, cuts }];
  });
}

export function nameOfZone(zone: string): string {
  if (zone === '') return 'the nodes without a zone';
  return /^zone\b/i.test(zone) ? zone : `zone ${zone}`;
}

function isCut(pairs: readonly Pair[]): boolean {
  return pairs.length > 0 && pairs.every(({ path }) => isBroken(path));
}

/** It works with somebody; what is cut cannot be among these node pairs. */
function isFree(mesh: Mesh, node: string): boolean {
  return (mesh.touching.get(node) ?? []).some(({ path }) => isWorking(path));
}

/** What a choice of node pairs would find, said before anything is measured; test/plan/mesh and bench/matrix.ts hold it against simulated faults. */
import { count, list, percent } from '../../model/format.ts';
import type { MatrixDesign } from '../../model/matrix.ts';
import type { Couple, Member, Mesh } from './design.ts';

type Finds = MatrixDesign['finds'];

/** A node that is cut off is named by its measured node pairs: fewer than two others, or nobody beside them, and it is not told from a node pair. */
const FEWEST_PEERS = 2;
const FEWEST_NODES = 3;
/** With one couple alone a cut crossing and a cut node pair look the same. */
const FEWEST_COUPLES = 2;

/**
 * The exact probabilities for a fault at a place of chance that loses everything: a node pair (all attempts of one direction), a node (all
 * node pairs with it), a crossing (all node pairs of two zones). "Found" means that the judge names that place, in one of the rounds.
 */
export function findsOf(members: readonly Member[], meshes: readonly Mesh[]): Finds {
  const named = { couples: new Set<number>(), nodes: new Set<number>(), crossings: new Set<string>() };
  for (const { couples } of meshes) {
    const degrees = members.map(() => 0);
    for (const [a, b] of couples) {
      degrees[a] = (degrees[a] ?? 0) + 1;
      degrees[b] = (degrees[b] ?? 0) + 1;
    }
    for (const [a, b] of couples) if (namesPair(degrees, a, b)) named.couples.add(a * members.length + b);
    for (const at of members.keys()) {
      if ((degrees[at] ?? 0) >= FEWEST_PEERS && members.length >= FEWEST_NODES) named.nodes.add(at);
    }
    for (const crossing of namedCrossings(members, couples, degrees)) named.crossings.add(crossing);
  }
  const zones = new Set(members.map(({ zone }) => zone ?? '')).size;
  return {
    pair: share(named.couples.size, (members.length * (members.length - 1)) / 2),
    node: share(named.nodes.size, members.length),
    zoneCrossing: zones < 2 ? null : share(named.crossings.size, (zones * (zones - 1)) / 2),
  };
}

/** Each of both nodes needs another way that works, or it may be the node. */
function namesPair(degrees: readonly number[], a: number, b: number): boolean {
  return (degrees[a] ?? 0) >= FEWEST_PEERS && (degrees[b] ?? 0) >= FEWEST_PEERS;
}

/**
 * A cut crossing is named where at least two couples cross it whose nodes all have a node pair that does not. Where a zone is one node, that
 * node or its one node pair is the crossing, and is named as such.
 */
function namedCrossings(members: readonly Member[], couples: readonly Couple[], degrees: readonly number[]): string[] {
  const sizes = new Map<string, number>();
  for (const { zone } of members) sizes.set(zone ?? '', (sizes.get(zone ?? '') ?? 0) + 1);
  if (sizes.size < 2) return [];
  const crossings = Map.groupBy(couples, ([a, b]) =>
    [members[a]?.zone ?? '', members[b]?.zone ?? ''].toSorted().join('\n'),
  );
  const found: string[] = [];
  for (const [name, own] of crossings) {
    const [one = '', other = ''] = name.split('\n');
    if (one === other) continue;
    const nodePairs = new Map<number, number>();
    for (const at of own.flat()) nodePairs.set(at, (nodePairs.get(at) ?? 0) + 1);
    const isFree = (at: number) => (degrees[at] ?? 0) > (nodePairs.get(at) ?? 0);
    const isOneCouple =
      sizes.get(one) === 1 && sizes.get(other) === 1 && own.some(([a, b]) => namesPair(degrees, a, b));
    const isOneNode = [...nodePairs].some(
      ([at, count]) => sizes.get(members[at]?.zone ?? '') === 1 && !isFree(at) && count >= FEWEST_PEERS,
    );
    const isNamed = own.filter(([a, b]) => isFree(a) && isFree(b)).length >= FEWEST_COUPLES;
    if (isNamed || isOneCouple || isOneNode) found.push(name);
  }
  return found;
}

function share(some: number, all: number): number {
  return all === 0 ? 0 : some / all;
}

/** The design as the report tells it: of the last of these rounds, with what all of them together would have found. */
export function describeDesign(members: readonly Member[], mesh: Mesh, earlier: readonly Mesh[] = []): MatrixDesign {
  const finds = findsOf(members, [...earlier, mesh]);
  const pairs = mesh.couples.length * 2;
  const ofPairs = members.length * (members.length - 1);
  const round = earlier.length === 0 ? {} : { round: earlier.length + 1 };
  const facts = {
    kind: mesh.kind,
    nodes: members.length,
    pairs,
    ofPairs,
    peersPerNode: mesh.peersPerNode,
    finds,
    ...round,
  };
  return { ...facts, says: says(facts) };
}

function says({ kind, nodes, pairs, ofPairs, peersPerNode, finds, round = 1 }: Omit<MatrixDesign, 'says'>): string {
  if (nodes < 2) return 'one node has no way to another';
  if (nodes === 2)
    return 'both directions between two nodes; a cut node pair, node and network all look the same there';
  const chosen =
    kind === 'full'
      ? `all ${ofPairs} node pairs between ${nodes} nodes`
      : `${pairs} of ${ofPairs} node pairs: each of ${nodes} nodes measures ${count(peersPerNode, 'other')} and is measured by them`;
  const found = [
    `one cut node pair with ${chance(finds.pair)}`,
    `one node that is cut off with ${chance(finds.node)}`,
    ...(finds.zoneCrossing === null ? [] : [`one cut crossing of two zones with ${chance(finds.zoneCrossing)}`]),
  ];
  const would =
    round === 1
      ? 'it would name'
      : `after ${round} rounds, each with other node pairs, a fault that lasts would have been named:`;
  return `${chosen}; ${would} ${list(found)}`;
}

/** 100 % is said only where it is certain. */
function chance(probability: number): string {
  return probability > 0.995 && probability < 1 ? 'over 99 %' : percent(probability);
}

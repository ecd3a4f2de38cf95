/**
 * Which nodes measure which others. Small clusters: everyone everyone. Larger ones: every node the same number of others, by a
 * circulant graph over an order of chance, so that the number of probes grows with the nodes and not with their square.
 */
import { seeded, shuffled } from './random.ts';

export interface Member {
  readonly name: string;
  /** null: its zone is not known; such nodes count as one zone more only where others have one. */
  readonly zone: string | null;
}

/** Two members by their place in the list, the lower first. Both directions of a couple are measured, so everyone is asked as often as he asks. */
export type Couple = readonly [number, number];

export interface Mesh {
  readonly kind: 'full' | 'partial';
  readonly couples: readonly Couple[];
  /** Others that each node measures; where zones had to be joined, a few nodes measure more. */
  readonly peersPerNode: number;
}

/** So many node pairs of one network are measured in a cluster of any size that has them: all of them up to 71 nodes, 70 connects a second and node. */
const MOST_NODE_PAIRS = 5000;
/** But each node measures so many others at least: that is where a large cluster begins to cost in proportion to its nodes. */
const LEAST_PEERS = 8;
/** With fewer than two others a bad node and a bad node pair look the same. */
const FEWEST_PEERS = 2;
/** Couples that join two zones: with one alone a bad crossing and a bad node pair look the same. */
const COUPLES_PER_CROSSING = 2;

/**
 * `peers`: others that each node measures at most (`--budget`); null: by the size of the cluster. Rounds of one seed, counted from 0, measure
 * other couples each, until there are none left that were not measured.
 */
export function designMesh(members: readonly Member[], peers: number | null, seed: string, round = 0): Mesh {
  const others = Math.max(0, members.length - 1);
  const affordable = Math.max(LEAST_PEERS, Math.floor(MOST_NODE_PAIRS / members.length));
  const wanted = Math.max(FEWEST_PEERS, peers ?? affordable);
  if (wanted >= others) return { kind: 'full', couples: allCouples(members.length), peersPerNode: others };
  const random = seeded(seed);
  const order = shuffled([...members.keys()], random);
  const circle = circulant({ order, peers: wanted, round }, random);
  return { kind: 'partial', couples: joinZones(members, circle, order), peersPerNode: wanted };
}

function allCouples(count: number): Couple[] {
  const couples: Couple[] = [];
  for (let a = 0; a < count; a += 1) for (let b = a + 1; b < count; b += 1) couples.push([a, b]);
  return couples;
}

/**
 * Each place of the circle is joined with those some steps away, on both sides: every node gets exactly `peers` others. An odd number
 * needs the step to the opposite side, which an odd circle does not have, and of which there is one: then, and in later rounds, it is one
 * peer more.
 */
function circulant({ order, peers, round }: Circle, random: () => number): Couple[] {
  const count = order.length;
  const half = Math.floor((count - 1) / 2);
  const all = shuffled(
    Array.from({ length: half }, (_, index) => index + 1),
    random,
  );
  const hasOpposite = peers % 2 === 1 && count % 2 === 0;
  const isOpposite = hasOpposite && round === 0;
  const usual = Math.ceil(peers / 2);
  const before = round * usual - (hasOpposite && round > 0 ? 1 : 0);
  const steps = Array.from({ length: isOpposite ? usual - 1 : usual }, (_, at) => all[(before + at) % half] ?? 1);
  const couples = steps.flatMap((step) =>
    order.map((from, place) => coupleOf(from, order[(place + step) % count] ?? from)),
  );
  if (!isOpposite) return couples;
  const opposite = order.slice(0, count / 2).map((from, place) => coupleOf(from, order[place + count / 2] ?? from));
  return [...couples, ...opposite];
}

interface Circle {
  readonly order: readonly number[];
  readonly peers: number;
  readonly round: number;
}

function coupleOf(a: number, b: number): Couple {
  return a < b ? [a, b] : [b, a];
}

/** Adds couples where chance has joined two zones too thinly; not where there are more crossings than nodes, for that would be a mesh again. */
function joinZones(members: readonly Member[], couples: readonly Couple[], order: readonly number[]): Couple[] {
  const zones = Map.groupBy(order, (at) => members[at]?.zone ?? '');
  const names = [...zones.keys()].toSorted();
  if ((names.length * (names.length - 1)) / 2 > members.length) return [...couples];
  const all = new Map(couples.map((couple) => [couple.join(' '), couple]));
  const crossing = (a: number, b: number) => [members[a]?.zone ?? '', members[b]?.zone ?? ''].toSorted().join('\n');
  const counts = new Map<string, number>();
  for (const [a, b] of couples) counts.set(crossing(a, b), (counts.get(crossing(a, b)) ?? 0) + 1);
  for (const [index, one] of names.entries()) {
    for (const other of names.slice(index + 1)) {
      const [from, to] = [zones.get(one) ?? [], zones.get(other) ?? []];
      const missing = Math.min(COUPLES_PER_CROSSING, from.length * to.length) - (counts.get(`${one}\n${other}`) ?? 0);
      for (const couple of between(from, to, all).slice(0, Math.max(0, missing))) all.set(couple.join(' '), couple);
    }
  }
  return [...all.values()];
}

/** A few couples between two zones that are not measured yet, each with other nodes where there are any. */
function between(from: readonly number[], to: readonly number[], taken: ReadonlyMap<string, Couple>): Couple[] {
  const most = Math.max(from.length, to.length, COUPLES_PER_CROSSING);
  const tries = Array.from({ length: most }, (_, step) =>
    coupleOf(from[step % from.length] ?? 0, to[(step + (from.length === to.length ? 0 : 1)) % to.length] ?? 0),
  );
  return tries.filter((couple) => !taken.has(couple.join(' ')));
}

/**
 * Pacing of many paths. A lane begins one attempt a second, so a node with as many lanes as its budget has attempts keeps within it,
 * whatever its vantages do; and what one vantage asks of one destination is always in one lane, so never twice within a second. Pure.
 */
import type { Shots } from '../../probes/wire.ts';

/** Between two attempts of a lane. Not less: see EVERY_MS in shots.ts. */
const TICK_MS = 1000;

/** A series before it has its times; `everyMs` is the least that it wants between two attempts. */
export type Series = Omit<Shots, 'startMs'>;

/** The series of one vantage that begin together: those to literal addresses, or those that wait for other agents' addresses. */
export interface Stream {
  readonly agent: string;
  readonly series: readonly Series[];
}

export interface Paced {
  readonly agent: string;
  readonly shots: readonly Shots[];
  /** From the beginning of the stream to its last attempt, milliseconds. */
  readonly lastsMs: number;
}

interface Group {
  readonly series: readonly Series[];
  readonly seats: number;
}

/**
 * Times for all streams of one node. Where there are more streams than attempts a second, lanes tick more slowly: the rate is kept on
 * average, and a single second may see one attempt of each stream.
 */
export function pace(streams: readonly Stream[], probesPerSecond: number): Paced[] {
  const busy = streams.filter(({ series }) => series.length > 0);
  const lanes = share(busy, Math.max(1, Math.floor(probesPerSecond)));
  const tickMs = TICK_MS * Math.max(1, busy.length / Math.max(1, probesPerSecond));
  const total = lanes.reduce((sum, count) => sum + count, 0);
  let before = 0;
  return busy.map((stream, index) => {
    const count = lanes[index] ?? 1;
    const filled = fill(groupsOf(stream.series), count);
    const shots = filled.flatMap((groups, lane) => times(groups, { tickMs, phase: (before + lane) / total }));
    before += count;
    const last = shots.map(({ startMs, everyMs, count: attempts }) => startMs + everyMs * (attempts - 1));
    return { agent: stream.agent, shots, lastsMs: Math.max(0, ...last) };
  });
}

/** Each stream has a lane; the others go one by one to whoever has most to do for each lane it has. More lanes than destinations are of no use. */
function share(streams: readonly Stream[], lanes: number): number[] {
  const demands = streams.map(({ series }) => {
    const groups = groupsOf(series);
    return { seats: groups.reduce((sum, group) => sum + group.seats, 0), most: groups.length };
  });
  const counts = streams.map(() => 1);
  for (let left = lanes - streams.length; left > 0; left -= 1) {
    let best = -1;
    let most = 0;
    for (const [index, demand] of demands.entries()) {
      const count = counts[index] ?? 1;
      if (count < demand.most && demand.seats / count > most) [best, most] = [index, demand.seats / count];
    }
    if (best < 0) break;
    counts[best] = (counts[best] ?? 1) + 1;
  }
  return counts;
}

/** The longest group first, each into the lane that is shortest. */
function fill(groups: readonly Group[], lanes: number): Group[][] {
  const filled = Array.from({ length: lanes }, () => ({ groups: [] as Group[], seats: 0 }));
  for (const group of groups.toSorted((a, b) => b.seats - a.seats)) {
    const shortest = filled.reduce((best, lane) => (lane.seats < best.seats ? lane : best));
    shortest.groups.push(group);
    shortest.seats += group.seats;
  }
  return filled.map((lane) => lane.groups);
}

/** One attempt a tick; the lane begins anew when all of it had its turn, and nobody in it sooner than wanted. */
function times(groups: readonly Group[], { tickMs, phase }: { tickMs: number; phase: number }): Shots[] {
  const all = groups.flatMap(({ series }) => series);
  const seats = groups.reduce((sum, group) => sum + group.seats, 0);
  const everyMs = Math.round(Math.max(seats * tickMs, ...all.map((each) => each.everyMs)));
  let seat = 0;
  return all.map((series) => {
    const startMs = Math.round((seat + phase) * tickMs);
    seat += seatsOf(series);
    return { ...series, startMs, everyMs };
  });
}

function groupsOf(series: readonly Series[]): Group[] {
  return [...Map.groupBy(series, destinationOf).values()].map((group) => ({
    series: group,
    seats: group.reduce((sum, each) => sum + seatsOf(each), 0),
  }));
}

function destinationOf({ probe }: Series): string {
  if (probe.kind === 'resolver') return 'resolver';
  return 'agent' in probe.to ? probe.to.agent : `${probe.to.address}:${probe.to.port}`;
}

/**
 * What an attempt puts on the wire, in packets that begin something: a pair of queries is two; getaddrinfo asks for A and AAAA of the
 * name under each of the three search domains that a pod has (kubernetes.io, DNS for Services and Pods: resolv.conf).
 */
function seatsOf({ probe }: Series): number {
  if (probe.kind === 'resolver') return 6;
  return probe.kind === 'dns' && probe.type === 'A+AAAA' ? 2 : 1;
}

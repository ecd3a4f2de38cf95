/**
 * Pacing of many paths. A pacing queue begins one attempt a second, so a node with as many queues as its budget has attempts keeps within it,
 * whatever its vantages do; and what one vantage asks of one destination is always in one queue, so never twice within a second. Pure.
 */
import type { Schedule } from '../../probes/wire.ts';

/** Between two attempts of a queue. Not less: see EVERY_MS in schedules.ts. */
const TICK_MS = 1000;

/** A series before it has its times; `everyMs` is the least that it wants between two attempts. */
export type Series = Omit<Schedule, 'startMs'>;

/** The series of one vantage that begin together: those to literal addresses, or those that wait for other agents' addresses. */
export interface Stream {
  readonly agent: string;
  readonly series: readonly Series[];
}

export interface Paced {
  readonly agent: string;
  readonly schedules: readonly Schedule[];
  /** From the beginning of the stream to its last attempt, milliseconds. */
  readonly lastsMs: number;
}

interface Group {
  readonly series: readonly Series[];
  readonly slots: number;
}

/**
 * Times for all streams of one node. Where there are more streams than attempts a second, queues tick more slowly: the rate is kept on
 * average, and a single second may see one attempt of each stream.
 */
export function pace(streams: readonly Stream[], probesPerSecond: number): Paced[] {
  const busy = streams.filter(({ series }) => series.length > 0);
  const queues = share(busy, Math.max(1, Math.floor(probesPerSecond)));
  const tickMs = TICK_MS * Math.max(1, busy.length / Math.max(1, probesPerSecond));
  const total = queues.reduce((sum, count) => sum + count, 0);
  let before = 0;
  return busy.map((stream, index) => {
    const count = queues[index] ?? 1;
    const filled = fill(groupsOf(stream.series), count);
    const schedules = filled.flatMap((groups, queue) => times(groups, { tickMs, phase: (before + queue) / total }));
    before += count;
    const last = schedules.map(({ startMs, everyMs, count: attempts }) => startMs + everyMs * (attempts - 1));
    return { agent: stream.agent, schedules, lastsMs: Math.max(0, ...last) };
  });
}

/** Each stream has a queue; the others go one by one to whoever has most to do for each queue it has. More queues than destinations are of no use. */
function share(streams: readonly Stream[], queues: number): number[] {
  const demands = streams.map(({ series }) => {
    const groups = groupsOf(series);
    return { slots: groups.reduce((sum, group) => sum + group.slots, 0), most: groups.length };
  });
  const counts = streams.map(() => 1);
  for (let left = queues - streams.length; left > 0; left -= 1) {
    let best = -1;
    let most = 0;
    for (const [index, demand] of demands.entries()) {
      const count = counts[index] ?? 1;
      if (count < demand.most && demand.slots / count > most) [best, most] = [index, demand.slots / count];
    }
    if (best < 0) break;
    counts[best] = (counts[best] ?? 1) + 1;
  }
  return counts;
}

/** The longest group first, each into the queue that is shortest. */
function fill(groups: readonly Group[], queues: number): Group[][] {
  const filled = Array.from({ length: queues }, () => ({ groups: [] as Group[], slots: 0 }));
  for (const group of groups.toSorted((a, b) => b.slots - a.slots)) {
    const shortest = filled.reduce((best, queue) => (queue.slots < best.slots ? queue : best));
    shortest.groups.push(group);
    shortest.slots += group.slots;
  }
  return filled.map((queue) => queue.groups);
}

/** One attempt a tick; the queue begins anew when all of it had its turn, and nobody in it sooner than wanted. */
function times(groups: readonly Group[], { tickMs, phase }: { tickMs: number; phase: number }): Schedule[] {
  const all = groups.flatMap(({ series }) => series);
  const slots = groups.reduce((sum, group) => sum + group.slots, 0);
  const everyMs = Math.round(Math.max(slots * tickMs, ...all.map((each) => each.everyMs)));
  let slot = 0;
  return all.map((series) => {
    const startMs = Math.round((slot + phase) * tickMs);
    slot += slotsOf(series);
    return { ...series, startMs, everyMs };
  });
}

function groupsOf(series: readonly Series[]): Group[] {
  return [...Map.groupBy(series, destinationOf).values()].map((group) => ({
    series: group,
    slots: group.reduce((sum, each) => sum + slotsOf(each), 0),
  }));
}

function destinationOf({ probe }: Series): string {
  if (probe.kind === 'resolver') return 'resolver';
  const { to } = probe;
  if ('agent' in to) return to.agent;
  return `${'name' in to ? to.name : to.address}:${to.port}`;
}

/**
 * What an attempt puts on the wire, in packets that begin something: a pair of queries is two; getaddrinfo asks for A and AAAA of the
 * name under each of the three search domains that a pod has (kubernetes.io, DNS for Services and Pods: resolv.conf).
 */
function slotsOf({ probe }: Series): number {
  if (probe.kind === 'resolver') return 6;
  return probe.kind === 'dns' && probe.type === 'A+AAAA' ? 2 : 1;
}

/** What held the prober itself up: a stalled event loop, a throttled CPU. Samples that met much of it are set aside later. */
import { readAgain } from './procfs.ts';
import type { Sample } from './wire.ts';

/** How often the event loop must come round while attempts are under way; a stall is known to this precision. */
export const BEAT_MS = 25;
/** Shorter delays are the timer's own coarseness. */
const SMALLEST_STALL_MS = 3;
/** The longest attempt worth judging is a minute or so; older stalls cannot matter to one that ends now. */
const MEMORY_MS = 300_000;

/** Watches the event loop by the lateness of beats, which come as long as attempts are under way. Instants are monotonic milliseconds. */
export class StallWatch {
  #lastBeat = 0;
  #stalls: { readonly endedAt: number; readonly ms: number }[] = [];

  /** From now on a beat comes every BEAT_MS. */
  begin(now: number): void {
    this.#lastBeat = now;
  }

  /** The longest stall that ended after the instant `since`, the present one included, in milliseconds. */
  longestSince(since: number, now: number): number {
    const present = now - this.#lastBeat - BEAT_MS;
    let longest = present >= SMALLEST_STALL_MS ? present : 0;
    for (const { endedAt, ms } of this.#stalls) if (endedAt >= since) longest = Math.max(longest, ms);
    return longest;
  }

  beat(now: number): void {
    const ms = now - this.#lastBeat - BEAT_MS;
    this.#lastBeat = now;
    if (ms < SMALLEST_STALL_MS) return;
    this.#stalls = this.#stalls.filter((stall) => now - stall.endedAt < MEMORY_MS);
    this.#stalls.push({ endedAt: now, ms });
  }
}

/** CPU that was not to be had, all since some moment in the past: only differences mean something. Milliseconds. */
interface CpuState {
  /** When this was read; monotonic. */
  readonly at: number;
  /** How long this thread was ready to run and did not; 0 where the kernel does not say. */
  readonly ownMs: number;
  /** How long some task of the node waited; null where the kernel does not say. */
  readonly nodeMs: number | null;
  /** For how long the CPU quota has held this cgroup back. */
  readonly throttledMs: number;
  /** Share of the time before `at` in which some task of the node waited, 0 to 1; null where the kernel does not say. */
  readonly pressure: number | null;
}

export type CpuMet = Pick<Sample, 'cpuWaitMs' | 'cpuPressure' | 'throttledMs'> & { readonly ownCpuMs: number };

/**
 * Reading all this costs a tenth of a millisecond, a fifth of an attempt: so old may a reading be that others have made. What an attempt
 * met of waiting is then up to so much too long. Milliseconds.
 */
const FRESH_MS = 50;

/** What attempts meet of a busy machine, read as seldom as will do. */
export class CpuWatch {
  readonly #read: (path: string) => string | null;
  readonly #throttledMs: () => number;
  #last: CpuState;
  /** User and system time of this process, all threads, when all else was read. */
  #ownCpuMs = 0;

  constructor(read: (path: string) => string | null = readAgain) {
    this.#read = read;
    this.#throttledMs = throttleReader(read);
    this.#last = { at: performance.now(), ...readCpuWait(read), throttledMs: this.#throttledMs(), pressure: null };
  }

  /** How things stand when an attempt begins. */
  begin(): CpuState {
    return performance.now() - this.#last.at < FRESH_MS ? this.#last : this.#look();
  }

  /** What an attempt that took so long met. One that was quicker than the shortest stall met none. */
  metSince(before: CpuState, tookMs: number): CpuMet {
    if (tookMs < SMALLEST_STALL_MS) {
      return { cpuWaitMs: 0, cpuPressure: this.#last.pressure, throttledMs: 0, ownCpuMs: this.#ownCpuMs };
    }
    const now = this.#look();
    return {
      cpuWaitMs: Math.max(0, now.ownMs - before.ownMs),
      cpuPressure: shareOf(before, now),
      throttledMs: Math.max(0, now.throttledMs - before.throttledMs),
      ownCpuMs: this.#ownCpuMs,
    };
  }

  #look(): CpuState {
    const now = { at: performance.now(), ...readCpuWait(this.#read), throttledMs: this.#throttledMs() };
    this.#last = { ...now, pressure: shareOf(this.#last, now) };
    const { user, system } = process.cpuUsage();
    this.#ownCpuMs = Math.round((user + system) / 1000);
    return this.#last;
  }
}

type Waited = Pick<CpuState, 'at' | 'nodeMs'>;

function shareOf(before: Waited, now: Waited): number | null {
  if (now.nodeMs === null || before.nodeMs === null) return null;
  return Math.min(1, Math.max(0, (now.nodeMs - before.nodeMs) / Math.max(1, now.at - before.at)));
}

/**
 * /proc/self/schedstat has the main thread, on which all timing is done: its second figure is nanoseconds spent waiting on a run queue. The
 * `total` of /proc/pressure/cpu is microseconds, of the whole node in a pod as well.
 */
export function readCpuWait(read: (path: string) => string | null): Pick<CpuState, 'ownMs' | 'nodeMs'> {
  const nanoseconds = /^\d+ (\d+) /.exec(read('/proc/self/schedstat') ?? '')?.[1];
  const microseconds = /^some .*total=(\d+)/m.exec(read('/proc/pressure/cpu') ?? '')?.[1];
  return {
    ownMs: nanoseconds === undefined ? 0 : Number(nanoseconds) / 1_000_000,
    nodeMs: microseconds === undefined ? null : Number(microseconds) / 1000,
  };
}

/**
 * A function that says for how many milliseconds the CPU quota has held this cgroup back so far; 0 where no quota is in force or none
 * can be read. Which file tells of it is found once: it is the same for as long as a process lives.
 */
export function throttleReader(read: (path: string) => string | null = readAgain): () => number {
  const ownGroup = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '/';
  const path = [
    '/sys/fs/cgroup/cpu.stat',
    `/sys/fs/cgroup${ownGroup}/cpu.stat`,
    '/sys/fs/cgroup/cpu/cpu.stat',
    '/sys/fs/cgroup/cpu,cpuacct/cpu.stat',
  ].find((each) => parseThrottledMs(read(each) ?? '') !== null);
  return path === undefined ? () => 0 : () => parseThrottledMs(read(path) ?? '') ?? 0;
}

function parseThrottledMs(stat: string): number | null {
  const microseconds = /^throttled_usec (\d+)$/m.exec(stat)?.[1];
  if (microseconds !== undefined) return Number(microseconds) / 1000;
  const nanoseconds = /^throttled_time (\d+)$/m.exec(stat)?.[1];
  return nanoseconds === undefined ? null : Number(nanoseconds) / 1_000_000;
}

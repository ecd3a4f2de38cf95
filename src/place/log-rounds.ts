/**
 * Logs of many pods, without a connection for each: a few are read at a time, each as seldom as possible. A log is read when its agent must have said
 * hello, when it and all who ask it must be done, and once more at the end if anything was missing then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterClient, Name } from '../api/cluster-client.ts';
import type { Assignment } from '../../probes/wire.ts';
import { CONTAINER } from './pod.ts';

/** Logs that are read at once. Each of them is a connection of the API server's to a kubelet as well. */
const READERS = 8;
/** From a pod's being shown as running to the agent's first line, and between two looks for it: 0.2 to 1.4 s (docs/performance.md). Milliseconds. */
const HELLO_MS = 1000;
/** From the writing of the peer table to the agent's reading it (a second on a real cluster), what its last attempts may take, and until it has written of them (pack.ts). */
const TOLD_MS = 4000;
/** What is not done then hangs in an attempt: it is told as waiting after some seconds, and ends after 16.7. */
const AGAIN_MS = 8000;
/** Who is asked waits for all who ask it, but no longer than this: some may never be told. */
const PATIENCE_MS = 60_000;
const IDLE_MS = 250;

/** Where one agent's log stands. */
interface Log {
  readonly agent: string;
  readonly name: Name;
  readonly startedAt: number;
  /** Lines that were told. */
  told: number;
  readAt: number | null;
  /** When all who ask it were first known to be told. */
  dueAt: number | null;
  toldPeersAt: number | null;
  isDone: boolean;
  isOver: boolean;
  isBeingRead: boolean;
}

export interface LogRoundsParts {
  readonly client: ClusterClient;
  readonly assignments: Readonly<Record<string, Assignment>>;
  readonly onLine: (agent: string, line: string) => void;
  /** Its log can never be read (again), and why. */
  readonly onProblem: (agent: string, says: string) => void;
  readonly now?: () => number;
}

export class LogRounds {
  readonly #parts: LogRoundsParts;
  readonly #logs = new Map<string, Log>();
  readonly #askers: ReadonlyMap<string, readonly string[]>;
  readonly #now: () => number;
  #isRunning = false;

  constructor(parts: LogRoundsParts) {
    this.#parts = parts;
    this.#askers = askersOf(parts.assignments);
    this.#now = parts.now ?? Date.now;
  }

  /** Its container runs. */
  add(agent: string, name: Name): void {
    const startedAt = this.#now();
    // Who asks no other agent begins at once.
    const toldPeersAt = peersOf(this.#parts.assignments[agent]).length === 0 ? startedAt : null;
    const fresh = { told: 0, readAt: null, dueAt: null, isDone: false, isOver: false, isBeingRead: false };
    this.#logs.set(agent, { ...fresh, agent, name, startedAt, toldPeersAt });
  }

  /** Its peer table was written. */
  told(agent: string): void {
    const log = this.#logs.get(agent);
    if (log !== undefined) log.toldPeersAt ??= this.#now();
  }

  /** All that it was to measure has been heard. */
  done(agent: string): void {
    const log = this.#logs.get(agent);
    if (log !== undefined) log.isDone = true;
  }

  /** Its container has ended: it says nothing more, and is read a last time. Resolves when that is done. */
  async last(agent: string): Promise<void> {
    const log = this.#logs.get(agent);
    if (log === undefined || log.isOver) return;
    await this.#read(log);
    log.isOver = true;
  }

  /** Reads what is due until the signal; never more than a few logs at a time. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    await Promise.all(Array.from({ length: READERS }, () => this.#readOneAfterTheOther(signal)));
    this.#isRunning = false;
  }

  async #readOneAfterTheOther(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#mostUrgent();
      if (next === null) await sleep(IDLE_MS, undefined, { signal }).catch(() => {});
      else await this.#read(next);
    }
  }

  #mostUrgent(): Log | null {
    const now = this.#now();
    let [found, foundAt] = [null as Log | null, now];
    for (const log of this.#logs.values()) {
      if (log.isOver || log.isBeingRead) continue;
      const at = this.#nextReadAt(log);
      if (at <= foundAt) [found, foundAt] = [log, at];
    }
    return found;
  }

  /** Unix milliseconds; infinite where nothing is expected. */
  #nextReadAt(log: Log): number {
    if (log.told === 0) return (log.readAt ?? log.startedAt) + HELLO_MS;
    const dueAt = this.#dueAt(log);
    if (log.readAt === null || log.readAt < dueAt) return dueAt;
    return log.isDone ? Number.POSITIVE_INFINITY : log.readAt + AGAIN_MS;
  }

  /** When it and all who ask it will have ended their series, as far as is known. */
  #dueAt(log: Log): number {
    const { agent } = log;
    if (log.dueAt !== null) return log.dueAt;
    if (log.toldPeersAt === null) return Number.POSITIVE_INFINITY;
    const own = log.toldPeersAt + this.#lastsMs(agent);
    const askers = (this.#askers.get(agent) ?? [])
      .map((each) => this.#logs.get(each))
      .filter((each) => each !== undefined);
    const untold = askers.some(({ toldPeersAt, isOver }) => toldPeersAt === null && !isOver);
    if (untold) return own + PATIENCE_MS;
    const ends = askers.flatMap(({ agent: asker, toldPeersAt }) =>
      toldPeersAt === null ? [] : [toldPeersAt + this.#lastsMs(asker)],
    );
    log.dueAt = Math.max(own, ...ends) + TOLD_MS;
    return log.dueAt;
  }

  /** From its being told to the start of its last attempt, milliseconds. */
  #lastsMs(agent: string): number {
    const schedules = this.#parts.assignments[agent]?.schedules ?? [];
    return schedules.reduce((most, { startMs, everyMs, count }) => Math.max(most, startMs + (count - 1) * everyMs), 0);
  }

  /** The rest of every log that may have one, while the time lasts. Returns the agents that were not reached. */
  async finish(untilMs: number, signal: AbortSignal): Promise<string[]> {
    const open = [...this.#logs.values()].filter(
      (log) => !log.isOver && !(log.isDone && log.dueAt !== null && (log.readAt ?? 0) >= log.dueAt),
    );
    const left = [...open];
    const readers = Array.from({ length: READERS }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        if (signal.aborted || this.#now() >= untilMs) return void left.push(next);
        await this.#read(next);
      }
    });
    await Promise.all(readers);
    return left.map(({ agent }) => agent);
  }

  async #read(log: Log): Promise<void> {
    log.isBeingRead = true;
    const begunAt = this.#now();
    const read = await this.#parts.client.readLog(log.name, CONTAINER);
    log.isBeingRead = false;
    log.readAt = begunAt;
    if (read.ok) {
      const news = read.value.slice(log.told);
      log.told += news.length;
      for (const line of news) this.#parts.onLine(log.agent, line);
      return;
    }
    // A container that still starts is answered with 400; a server that has too much to do was given all its time by the transport.
    const { status, message } = read.problem;
    if (status !== 401 && status !== 403 && status !== 404) return;
    log.isOver = true;
    this.#parts.onProblem(log.agent, `its log cannot be read: ${message}`);
  }
}

/** Agent → those whose probes go to it. */
function askersOf(assignments: LogRoundsParts['assignments']): Map<string, string[]> {
  const askers = new Map<string, string[]>();
  for (const [asker, assignment] of Object.entries(assignments))
    for (const agent of peersOf(assignment)) askers.set(agent, [...(askers.get(agent) ?? []), asker]);
  return askers;
}

function peersOf(assignment: Assignment | undefined): string[] {
  const asked = (assignment?.schedules ?? []).flatMap(({ probe }) =>
    probe.kind !== 'resolver' && 'agent' in probe.to ? [probe.to.agent] : [],
  );
  return [...new Set(asked)];
}

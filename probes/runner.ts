/** Runs attempts and measures what surrounds them: counters, retransmissions, concurrency, stalls and throttling. */
import type { Endpoint } from './sockets.ts';
import { Attempt } from './attempt.ts';
import { moved, readCounters } from './counters.ts';
import type { Counters } from './counters.ts';
import { BEAT_MS, CpuWatch, StallWatch } from './hindrance.ts';
import type { CpuMet } from './hindrance.ts';
import { firstPhase, startProbe } from './kinds/index.ts';
import type { Due } from './pace.ts';
import { RetransmissionLedger } from './retransmissions.ts';
import type { Followed } from './retransmissions.ts';
import { readSocketTables, readSocketTablesNow } from './sockets.ts';
import type { Phase, Sample, Waiting } from './wire.ts';

/**
 * At each beat it is seen whether a look is worth it: the first must come between 100 ms and the first loss probe at 200 ms. A look takes some
 * milliseconds of a CPU (sockets.ts): at this share of one it still comes several times between two SYN timers.
 */
const LOOK_SHARE = 0.015;
/** But never less often than this, so that no two SYN timers (1 s apart) fire between two looks, on a busy machine either. */
const LONGEST_PAUSE_MS = 350;

/**
 * When an attempt without an outcome is told of, by how long it has waited in its present phase: as soon as each of the waits that judging asks for
 * is over (2.5, 5.5 and 7.6 s; judge/evidence/usable.ts, judge/engine/early-stop.ts), and once more past the 11 s of the next retransmission on the newer schedule.
 */
const TELL_AFTER_MS = [2505, 5505, 7605, 11_700] as const;

/** Reading the counters costs as much as an attempt does. So old may a reading be that others have made: it is the error of what a sample says moved. */
const BASE_MS = 250;
/** The shortest timer whose counters tell something is that of the loss probe, some 30 ms at the least (net/ipv4/tcp_output.c, tcp_schedule_loss_probe). */
const QUICK_MS = 25;
/** Below any MTU (IPv6 asks for 1280, RFC 8200 section 5): nothing is split. */
const SMALL_BYTES = 1000;

interface Flight {
  readonly due: Due;
  /** null where the probe has none of its own (the system resolver). */
  readonly to: Endpoint | null;
  readonly attempt: Attempt;
  readonly counters: Counters;
  readonly cpu: ReturnType<CpuWatch['begin']>;
  concurrent: number;
  followed: Followed | null;
  /** How often it was told as waiting. */
  tellings: number;
  /** Only while the SYN is unanswered is a retransmission one of a SYN. */
  isConnecting: boolean;
}

export class Runner {
  readonly #emit: (told: Sample | Waiting) => void;
  readonly #flights = new Set<Flight>();
  /** Quick ones, to be told of when the events that wait now have been heard. */
  #ended: Flight[] = [];
  readonly #stalls = new StallWatch();
  readonly #ledger = new RetransmissionLedger({
    counters: () => this.#readCounters(),
    tables: readSocketTables,
    tablesNow: readSocketTablesNow,
    now: () => performance.now(),
  });
  /** Runs only while attempts are under way; quick ones pass between two beats. */
  #beating: NodeJS.Timeout | null = null;
  #notBefore = 0;
  #lookups = 0;
  readonly #cpu = new CpuWatch();
  #counters = { read: readCounters(), at: performance.now() };

  constructor(emit: (told: Sample | Waiting) => void) {
    this.#emit = emit;
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  /** Those in flight that ask the system resolver. */
  get lookups(): number {
    return this.#lookups;
  }

  start(due: Due, to: Endpoint | null): void {
    for (const other of this.#flights) other.concurrent += 1;
    const counters = this.#base();
    const cpu = this.#cpu.begin();
    const attempt = new Attempt({
      first: firstPhase(due.schedule.probe),
      limitMs: due.schedule.limitMs,
      localPort: localPortOf(due),
      observer: {
        connecting: (local, remote) => {
          flight.followed = this.#ledger.follow(local, remote, counters);
        },
        connected: (at) => this.#connected(flight, at),
        ended: () => this.#hasEnded(flight),
      },
    });
    const flight: Flight = {
      due,
      to,
      attempt,
      counters,
      cpu,
      concurrent: this.#flights.size,
      followed: null,
      tellings: 0,
      isConnecting: true,
    };
    this.#flights.add(flight);
    if (isLookup(flight)) this.#lookups += 1;
    if (this.#beating === null) this.#beginBeat();
    startProbe(due.schedule.probe, attempt, to);
  }

  /** Ends everything at once; each attempt in flight is told as cut. */
  cutAll(): void {
    if (this.#flights.size === 0) return;
    this.#ledger.lookNow();
    for (const flight of this.#flights) {
      flight.attempt.cut();
      this.#report(flight);
    }
  }

  stop(): void {
    if (this.#beating !== null) clearTimeout(this.#beating);
    this.#beating = null;
  }

  #beginBeat(): void {
    this.#stalls.begin(performance.now());
    this.#beating = setTimeout(() => this.#beat(), BEAT_MS);
  }

  #beat(): void {
    this.#stalls.beat(performance.now());
    void this.#look();
    this.#tellWaiting();
    if (this.#flights.size > 0) this.#beating?.refresh();
    else this.#beating = null;
  }

  async #look(): Promise<void> {
    const before = performance.now();
    if (before < this.#notBefore || !this.#ledger.isWorthALook()) return;
    this.#notBefore = Infinity;
    await this.#ledger.look();
    const after = performance.now();
    this.#notBefore = after + Math.min(LONGEST_PAUSE_MS, (after - before) / LOOK_SHARE);
  }

  #tellWaiting(): void {
    const now = performance.now();
    for (const flight of this.#flights) {
      const after = TELL_AFTER_MS[flight.tellings];
      if (after === undefined || flight.attempt.hasEnded || now - flight.attempt.inPhaseSince < after) continue;
      flight.tellings += 1;
      const sample = this.#describe(flight, moved(flight.counters, this.#readCounters()));
      this.#emit({ type: 'waiting', sample });
    }
  }

  #connected(flight: Flight, at: number): void {
    const { followed } = flight;
    if (followed === null || this.#ledger.isTooYoung(followed, at)) flight.isConnecting = false;
    // Reading /proc takes longer than an answer does: after the events that are waiting now, not before them.
    else setImmediate(() => void this.#concludeConnect(flight, followed, at));
  }

  async #concludeConnect(flight: Flight, followed: Followed, at: number): Promise<void> {
    if (!flight.isConnecting) return;
    flight.isConnecting = false;
    await this.#ledger.conclude(followed, 'syn', at);
  }

  #hasEnded(flight: Flight): void {
    const { attempt, followed } = flight;
    const endedAt = attempt.start + attempt.totalMs;
    if (followed !== null && !this.#ledger.isTooYoung(followed, endedAt)) {
      setImmediate(() => void this.#conclude(flight, followed, endedAt));
      return;
    }
    this.#ended.push(flight);
    if (this.#ended.length === 1) setImmediate(this.#reportEnded);
  }

  readonly #reportEnded = (): void => {
    const ended = this.#ended;
    this.#ended = [];
    for (const flight of ended) this.#report(flight);
  };

  async #conclude(flight: Flight, followed: Followed, endedAt: number): Promise<void> {
    await this.#ledger.conclude(followed, flight.isConnecting ? 'syn' : 'data', endedAt);
    this.#report(flight);
  }

  #report(flight: Flight): void {
    if (!this.#flights.delete(flight)) return;
    if (isLookup(flight)) this.#lookups -= 1;
    if (flight.followed !== null) this.#ledger.forget(flight.followed);
    const counters = isUneventful(flight) ? {} : moved(flight.counters, this.#readCounters());
    flight.attempt.release();
    this.#emit(this.#describe(flight, counters));
  }

  #describe(flight: Flight, counters: Record<string, number>): Sample {
    const { begun, start } = flight.attempt;
    const now = performance.now();
    return describe(flight, counters, {
      met: this.#cpu.metSince(flight.cpu, now - begun),
      stalledMs: this.#stalls.longestSince(start, now),
    });
  }

  /** What the counters were when an attempt begins. All that moved them since the last reading were attempts that met with nothing. */
  #base(): Counters {
    const { read, at } = this.#counters;
    return performance.now() - at < BASE_MS ? read : this.#readCounters();
  }

  #readCounters(): Counters {
    const read = readCounters();
    this.#counters = { read, at: performance.now() };
    return read;
  }
}

function localPortOf({ schedule: { sourcePorts }, attempt }: Due): number | null {
  return sourcePorts === undefined ? null : sourcePorts.first + (attempt % sourcePorts.count);
}

/** Nothing can have moved that anybody asks for: it was answered at once, and sent nothing that is long enough to be split on its way. */
function isUneventful({ attempt, due: { schedule } }: Flight): boolean {
  const { outcome, totalMs } = attempt;
  const isSized = 'bytes' in schedule.probe && schedule.probe.bytes > SMALL_BYTES;
  return outcome?.kind === 'answered' && totalMs < QUICK_MS && !isSized;
}

interface Hindered {
  readonly met: CpuMet;
  readonly stalledMs: number;
}

function describe(flight: Flight, counters: Sample['counters'], { met, stalledMs }: Hindered): Sample {
  const { throttledMs, cpuWaitMs, cpuPressure, ownCpuMs } = met;
  const { attempt, due, followed } = flight;
  const { outcome, phases, totalMs } = attempt.standing();
  const remote = remoteOf(flight);
  return {
    type: 'sample',
    path: due.schedule.path,
    attempt: due.attempt,
    at: attempt.startedAt,
    lateMs: rounded(attempt.begun - due.dueMs),
    outcome: 'waitedMs' in outcome ? { ...outcome, waitedMs: rounded(outcome.waitedMs) } : outcome,
    phases: roundedPhases(phases),
    totalMs: rounded(totalMs),
    local: attempt.local,
    seen: attempt.seen,
    ...(remote === null ? {} : { remote }),
    synRetransmissions: followed?.counts.syn ?? 0,
    dataRetransmissions: followed?.counts.data ?? 0,
    counters,
    concurrent: flight.concurrent,
    http: attempt.http === null ? null : { ...attempt.http, hash: attempt.bodyHash() },
    dns: attempt.dns,
    stalledMs: rounded(stalledMs),
    throttledMs: rounded(throttledMs),
    cpuWaitMs: rounded(cpuWaitMs),
    cpuPressure: cpuPressure === null ? null : rounded(cpuPressure),
    ...(attempt.kept === null ? {} : { kept: { ...attempt.kept, idledMs: rounded(attempt.kept.idledMs) } }),
    ...(attempt.certificate === null ? {} : { certificate: attempt.certificate }),
    ownCpuMs,
  };
}

function isLookup({ due }: Flight): boolean {
  return due.schedule.probe.kind === 'resolver';
}

/** Told where the plan knew but a name; else null. */
function remoteOf({ due: { schedule }, to }: Flight): string | null {
  const isNamed = schedule.probe.kind !== 'resolver' && 'name' in schedule.probe.to;
  return isNamed && to !== null ? to.address : null;
}

type Phases = Partial<Record<Phase, number>>;

function roundedPhases(phases: Phases): Phases {
  const result: Phases = {};
  for (const phase in phases) result[phase as Phase] = rounded(phases[phase as Phase] ?? 0);
  return result;
}

/** Microseconds are as exact as any of this is. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

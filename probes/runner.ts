/** Runs attempts and measures what surrounds them: counters, retransmissions, concurrency, stalls and throttling. */
import { socketKey } from './sockets.ts';
import type { Endpoint } from './sockets.ts';
import { Attempt } from './attempt.ts';
import { moved, readCounters } from './counters.ts';
import type { Counters } from './counters.ts';
import { readThrottledMs, StallWatch } from './hindrance.ts';
import { firstPhase, startProbe } from './kinds/index.ts';
import type { Due } from './pace.ts';
import { RetransmissionLedger } from './retransmissions.ts';
import type { Followed } from './retransmissions.ts';
import { readSocketTables } from './sockets.ts';
import type { Sample } from './wire.ts';

/** Twenty looks a second: several between any two SYN timers, and one before the first loss probe (200 ms). */
const LOOK_EVERY_MS = 50;
/** On a node with very many sockets a look is slow; it may cost this share of the time at most. */
const LOOK_SHARE = 0.05;

interface Flight {
  readonly due: Due;
  readonly attempt: Attempt;
  readonly counters: Counters;
  readonly throttledMs: number;
  concurrent: number;
  followed: Followed | null;
  /** Only while the SYN is unanswered is a retransmission one of a SYN. */
  isConnecting: boolean;
}

export class Runner {
  readonly #emit: (sample: Sample) => void;
  readonly #flights = new Set<Flight>();
  readonly #stalls = new StallWatch(() => performance.now());
  readonly #ledger = new RetransmissionLedger({
    counters: () => readCounters(),
    tables: () => readSocketTables(),
    now: () => performance.now(),
  });
  readonly #looking: NodeJS.Timeout;
  #notBefore = 0;

  constructor(emit: (sample: Sample) => void) {
    this.#emit = emit;
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  start(due: Due, to: Endpoint | null): void {
    for (const other of this.#flights) other.concurrent += 1;
    const counters = readCounters();
    const throttledMs = readThrottledMs();
    const attempt = new Attempt({
      first: firstPhase(due.shots.probe),
      limitMs: due.shots.limitMs,
      observer: {
        connecting: (local, remote) => {
          flight.followed = this.#ledger.follow(socketKey(local, remote), counters);
        },
        // Reading /proc takes longer than an answer does: after the events that are waiting now, not before them.
        connected: (at) => setImmediate(() => this.#connected(flight, at)),
        ended: () => setImmediate(() => this.#conclude(flight)),
      },
    });
    const flight: Flight = {
      due,
      attempt,
      counters,
      throttledMs,
      concurrent: this.#flights.size,
      followed: null,
      isConnecting: true,
    };
    this.#flights.add(flight);
    startProbe(due.shots.probe, attempt, to);
  }

  /** Ends everything at once; each attempt in flight is told as cut. */
  cutAll(): void {
    for (const flight of this.#flights) {
      flight.attempt.cut();
      this.#conclude(flight);
    }
  }

  stop(): void {
    clearInterval(this.#looking);
    this.#stalls.stop();
  }

  #look(): void {
    const before = performance.now();
    if (before < this.#notBefore || !this.#ledger.isWorthALook()) return;
    this.#ledger.look();
    this.#notBefore = performance.now() + (performance.now() - before) / LOOK_SHARE;
  }

  #connected(flight: Flight, at: number): void {
    if (!flight.isConnecting) return;
    flight.isConnecting = false;
    if (flight.followed !== null) this.#ledger.settle(flight.followed, 'syn', at);
  }

  #conclude(flight: Flight): void {
    if (!this.#flights.delete(flight)) return;
    const { attempt, followed } = flight;
    const endedAt = attempt.start + attempt.totalMs;
    if (followed !== null) {
      this.#ledger.settle(followed, flight.isConnecting ? 'syn' : 'data', endedAt);
      this.#ledger.forget(followed);
    }
    const counters = moved(flight.counters, readCounters());
    attempt.release();
    this.#emit(describe(flight, counters, this.#stalls.longestSince(attempt.start)));
  }
}

function describe(flight: Flight, counters: Record<string, number>, stalledMs: number): Sample {
  const { attempt, due, followed } = flight;
  const phases = Object.fromEntries(Object.entries(attempt.phases).map(([phase, ms]) => [phase, rounded(ms)]));
  const outcome = attempt.outcome ?? { kind: 'cut', phase: firstPhase(due.shots.probe), waitedMs: 0 };
  return {
    type: 'sample',
    path: due.shots.path,
    attempt: due.attempt,
    at: attempt.startedAt,
    lateMs: rounded(attempt.begun - due.dueMs),
    outcome: 'waitedMs' in outcome ? { ...outcome, waitedMs: rounded(outcome.waitedMs) } : outcome,
    phases,
    totalMs: rounded(attempt.totalMs),
    local: attempt.local,
    seen: attempt.seen,
    synRetransmissions: followed?.counts.syn ?? 0,
    dataRetransmissions: followed?.counts.data ?? 0,
    counters,
    concurrent: flight.concurrent,
    http: attempt.http,
    dns: attempt.dns,
    stalledMs: rounded(stalledMs),
    throttledMs: rounded(Math.max(0, readThrottledMs() - flight.throttledMs)),
  };
}

/** Microseconds are as exact as any of this is. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

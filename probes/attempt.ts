/** One attempt while it runs: its clock, its phases, its end. Kinds drive it; what surrounds it is measured in runner.ts. */
import type { Socket } from 'node:net';
import { bodyMark, MARKED_BYTES } from './body-mark.ts';
import { outcomeOf } from './outcome.ts';
import type { Failure } from './outcome.ts';
import type { Endpoint } from './sockets.ts';
import type { Certificate, HttpAnswer, Kept, Outcome, Phase, Sample, Stage } from './wire.ts';

/** What an attempt tells its surroundings. All three must be quick: other attempts' events wait meanwhile. */
export interface Observer {
  /** A TCP connection has just sent its SYN. */
  connecting(local: Endpoint, remote: Endpoint): void;
  /** The connection stands since `at` (monotonic milliseconds). */
  connected(at: number): void;
  /** The attempt has its outcome. Its sockets are still open; `release` closes them. */
  ended(): void;
}

export class Attempt {
  /** Facts that kinds fill in as they learn them. */
  local: string | null = null;
  seen: string | null = null;
  http: Omit<HttpAnswer, 'hash'> | null = null;
  dns: Sample['dns'] = null;
  kept: Kept | null = null;
  certificate: Certificate | null = null;

  /** What an error or the end of the connection means while nothing is asked on it; null: that the attempt has failed. */
  whileIdle: ((failure: Failure) => void) | null = null;

  /** When it was begun, before any preparation; monotonic milliseconds. */
  readonly begun = performance.now();
  /** Unix milliseconds. */
  startedAt = Date.now();
  /** When its clock started; monotonic milliseconds. */
  start = this.begun;
  readonly phases: Partial<Record<Phase, number>> = {};
  outcome: Outcome | null = null;
  totalMs = 0;
  readonly observer: Observer;

  /** A packet of this attempt is on its way, so an error is the network's word. */
  hasSent = false;

  #phase: Stage;
  #phaseStart = this.start;
  readonly #limit: NodeJS.Timeout;
  #closers: (() => void)[] = [];
  #body: Buffer | null = null;

  /** The port of this side; null: the kernel chooses. */
  readonly localPort: number | null;

  constructor(options: { first: Phase; limitMs: number; observer: Observer; localPort?: number | null }) {
    this.#phase = options.first;
    this.localPort = options.localPort ?? null;
    this.observer = options.observer;
    this.#limit = setTimeout(() => {
      const at = performance.now();
      this.#end({ kind: 'silent', phase: this.#asking, waitedMs: at - this.#phaseStart, code: null }, at);
    }, options.limitMs);
  }

  /** When its present phase began; monotonic milliseconds. */
  get inPhaseSince(): number {
    return this.#phaseStart;
  }

  get hasEnded(): boolean {
    return this.outcome !== null;
  }

  /** Keeps a copy of the beginning of the body; only the end of the attempt makes a mark of it. */
  keepBody(chunk: Buffer): void {
    const kept = this.#body?.length ?? 0;
    if (kept >= MARKED_BYTES) return;
    const more = chunk.subarray(0, MARKED_BYTES - kept);
    this.#body = this.#body === null ? Buffer.from(more) : Buffer.concat([this.#body, more]);
  }

  /** What was kept of the body, as text of one byte a character. */
  bodyText(): string {
    return this.#body?.toString('latin1') ?? '';
  }

  /** See HttpAnswer.hash; null where no body was read. */
  bodyHash(): string | null {
    return this.#body === null ? null : bodyMark(this.#body);
  }

  /** Starts the clock anew, for kinds that had to prepare something that is not to be timed. */
  restart(): void {
    if (this.hasEnded) return;
    this.startedAt = Date.now();
    this.start = performance.now();
    this.#phaseStart = this.start;
  }

  /** The present phase has ended now, and the next begins. */
  enter(phase: Stage): void {
    if (this.hasEnded) return;
    const at = performance.now();
    const left = this.#phase;
    this.#closePhase(at);
    this.#phase = phase;
    if (left === 'connect') this.observer.connected(at);
  }

  /** The idle time of a kept connection is over, and another request begins: the clock and the phases after the connect are its own. */
  again(): void {
    if (this.hasEnded) return;
    for (const phase of ['first-byte', 'body'] as const) delete this.phases[phase];
    this.#phase = 'first-byte';
    this.#body = null;
    this.restart();
  }

  /** It worked. `at` is given where the end was measured elsewhere. */
  answered(at = performance.now()): void {
    this.#end({ kind: 'answered' }, at);
  }

  failed(failure: Failure, at = performance.now()): void {
    if (this.whileIdle !== null) return this.whileIdle(failure);
    const { hasSent } = this;
    this.#end(outcomeOf({ failure, hasSent, phase: this.#asking, waitedMs: at - this.#phaseStart }), at);
  }

  /** Its outcome and times; while it has none, that it waits. */
  standing(): { outcome: Outcome; phases: Partial<Record<Phase, number>>; totalMs: number } {
    if (this.outcome !== null) return { outcome: this.outcome, phases: this.phases, totalMs: this.totalMs };
    const at = performance.now();
    const waitedMs = at - this.#phaseStart;
    return {
      outcome: { kind: 'cut', phase: this.#phase, waitedMs },
      phases:
        this.#phase === 'idle'
          ? this.phases
          : { ...this.phases, [this.#phase]: (this.phases[this.#phase] ?? 0) + waitedMs },
      totalMs: at - this.start,
    };
  }

  /** The run ends while this attempt waits. */
  cut(): void {
    const at = performance.now();
    this.#end({ kind: 'cut', phase: this.#phase, waitedMs: at - this.#phaseStart }, at);
  }

  /** Remembers how to let go of a socket or process when all is over. */
  owns(close: () => void): void {
    this.#closers.push(close);
  }

  /** A socket's error is the attempt's, until it has its outcome; later ones are noise of closing. */
  ownsSocket(socket: Socket): void {
    socket.on('error', (error: Failure) => this.failed(error));
    this.owns(() => socket.destroy());
  }

  release(): void {
    const closers = this.#closers;
    this.#closers = [];
    for (const close of closers) close();
  }

  /** What was asked for when an attempt died; one that idles asks for nothing, and dies of its next request. */
  get #asking(): Phase {
    return this.#phase === 'idle' ? 'first-byte' : this.#phase;
  }

  #closePhase(at: number): void {
    if (this.#phase !== 'idle')
      this.phases[this.#phase] = (this.phases[this.#phase] ?? 0) + Math.max(0, at - this.#phaseStart);
    this.#phaseStart = at;
  }

  #end(outcome: Outcome, at: number): void {
    if (this.hasEnded) return;
    clearTimeout(this.#limit);
    this.#closePhase(at);
    this.outcome = outcome;
    this.totalMs = Math.max(0, at - this.start);
    this.observer.ended();
  }
}

/** The agent on one page: listen, say hello, shoot when due, tell what comes of it, say bye. */
import type { Writable } from 'node:stream';
import { startAnswering } from './answer.ts';
import type { AnsweringSide } from './answer.ts';
import { moved, readCounters } from './counters.ts';
import { watchHalfOpen } from './half-open.ts';
import { prepareKinds } from './kinds/index.ts';
import { watchNode } from './node-watch.ts';
import { Names } from './names.ts';
import { Pace } from './pace.ts';
import type { Due } from './pace.ts';
import { resolveWhere, watchPeers } from './peers.ts';
import type { PeersSource } from './peers.ts';
import { Runner } from './runner.ts';
import type { Endpoint } from './sockets.ts';
import { Speaker } from './speaker.ts';
import { startTracer } from './trace/tracer.ts';
import { readSurroundings } from './surroundings.ts';
import { warmUp } from './warm-up.ts';
import { isHindered, WIRE_VERSION } from './wire.ts';
import type { Assignment, Bye, Message, Peers, Sample, Schedule, TraceOrder } from './wire.ts';

/** More at once would measure the prober; what is due beyond it starts late and says so. */
const MAX_IN_FLIGHT = 256;
/**
 * Each lookup by the system resolver is a process of its own, of 8 MB (Node 24, anonymous memory): more than these beside the agent's own 36 MB
 * come near to the 96 MiB of its pod when no DNS server answers and all of them wait.
 */
const MAX_LOOKUPS = 4;
/** What may still be written when the run is over: an agent must be gone within 200 ms of being told to. */
const FLUSH_MS = 100;

export interface AgentOptions {
  readonly assignment: Assignment;
  /** Where the peer table of the run will appear. */
  readonly peers: PeersSource;
  readonly out: Writable;
  /** Called when what is run for the first time has been, before anything counts. */
  readonly whenWarm?: () => void;
  /** Ends the run: attempts in flight are told as cut. */
  readonly signal: AbortSignal;
}

/** Runs one agent from hello to bye. Never rejects for anything that the network, the files or the reader of `out` do. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const agent = new Agent(options);
  await agent.run();
}

class Agent {
  readonly #options: AgentOptions;
  readonly #assignment: Assignment;
  readonly #speaker: Speaker;
  readonly #runner: Runner;
  readonly #pace = new Pace();
  #countersAtStart = readCounters();
  /** Series that wait for the address of their peer. */
  readonly #waiting: Set<Schedule>;
  #peers: Peers | null = null;
  readonly #names = new Names(() => {
    this.#beginSeries();
    this.#startNext();
  });
  readonly #targets = new Map<Schedule, Endpoint | null>();
  /** Series that are tried again where an attempt is hindered, by path, and when each could begin. */
  readonly #doubtful = new Map<string, { readonly schedule: Schedule; readonly beganMs: number }>();
  readonly #queue: Due[] = [];
  readonly #stops: (() => void)[] = [];
  #paceTimer: NodeJS.Timeout | undefined;
  #isStarting = false;
  #end: (because: Bye['because']) => void = () => undefined;
  readonly #ended: Promise<Bye['because']>;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#assignment = options.assignment;
    this.#waiting = new Set(options.assignment.schedules);
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    this.#speaker = new Speaker(options.out, () => this.#end('signal'));
    this.#runner = new Runner((told) => {
      this.#speaker.say(told);
      this.#tryAgain(told.type === 'sample' ? told : told.sample);
      if (told.type === 'sample') this.#startNext();
    });
  }

  async run(): Promise<void> {
    this.#watchForTheEnd();
    prepareKinds(this.#assignment.schedules.map(({ probe }) => probe));
    await warmUp();
    this.#options.whenWarm?.();
    this.#countersAtStart = readCounters();
    const side = await startAnswering(this.#assignment.answers, (arrival) => this.#speaker.say(arrival));
    this.#stops.push(
      () => side.close(),
      watchHalfOpen(side, (found) => this.#speaker.say(found)),
    );
    this.#sayHello(side);
    const { traces } = this.#assignment;
    if (traces !== undefined) await this.#trace(traces);
    if (this.#assignment.tellsNode === true) this.#stops.push(watchNode((facts) => this.#speaker.say(facts)));
    this.#beginSeries();
    this.#watchForPeers();
    this.#startNext();
    const because = await this.#ended;
    this.#sayBye(because);
    await this.#speaker.flush(FLUSH_MS);
  }

  async #trace(order: TraceOrder): Promise<void> {
    const say = (message: Message) => this.#speaker.say(message);
    this.#stops.push(await startTracer({ order, peers: this.#options.peers, names: this.#names, say }));
  }

  #watchForTheEnd(): void {
    const { signal } = this.#options;
    const stop = () => this.#end('signal');
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const deadline = setTimeout(() => this.#end('deadline'), this.#assignment.deadlineMs);
    this.#stops.push(
      () => clearTimeout(deadline),
      () => signal.removeEventListener('abort', stop),
    );
  }

  #sayHello(side: AnsweringSide): void {
    const { run, agent } = this.#assignment;
    const { tcp, udp, unavailable } = side;
    const listening = { tcp, udp, unavailable };
    const at = Date.now();
    this.#speaker.say({ type: 'hello', version: WIRE_VERSION, run, agent, at, ...readSurroundings(), ...listening });
  }

  #watchForPeers(): void {
    if (this.#waiting.size === 0) return;
    const stop = watchPeers({
      source: this.#options.peers,
      onPeers: (peers) => {
        this.#peers = peers;
        this.#beginSeries();
        if (this.#waiting.size === 0) stop();
        this.#startNext();
      },
      onProblem: (problem) => this.#complain(`${this.#options.peers.name}: ${problem}`),
    });
    this.#stops.push(stop);
  }

  /** Begins every waiting series whose far end is known by now. */
  #beginSeries(): void {
    const known = { peers: this.#peers, names: this.#names };
    const now = performance.now();
    for (const schedule of this.#waiting) {
      if (schedule.after?.every((agent) => this.#peers?.agents[agent] === undefined) === true) continue;
      const { to, problem } =
        schedule.probe.kind === 'resolver' ? { to: null, problem: null } : resolveWhere(schedule.probe.to, known);
      if (problem !== null) this.#complain(`path ${schedule.path} is not measured: ${problem}`);
      else if (to === null && schedule.probe.kind !== 'resolver') continue;
      else {
        this.#targets.set(schedule, to);
        this.#pace.add(schedule, now);
        if (schedule.again !== undefined) this.#doubtful.set(schedule.path, { schedule, beganMs: now });
      }
      this.#waiting.delete(schedule);
    }
    this.#schedule();
  }

  /** Once for each series, when the first of its attempts is known to be hindered. */
  #tryAgain(sample: Sample): void {
    const series = this.#doubtful.get(sample.path);
    if (series === undefined || !isHindered(sample)) return;
    this.#doubtful.delete(sample.path);
    this.#pace.addAgain(series.schedule, series.beganMs, performance.now());
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#paceTimer);
    const next = this.#pace.nextDueMs();
    if (next === null) return;
    this.#paceTimer = setTimeout(
      () => {
        this.#queue.push(...this.#pace.take(performance.now()));
        this.#schedule();
        this.#startNext();
      },
      Math.max(0, next - performance.now()),
    );
  }

  /**
   * Starts one attempt in each turn of the event loop, so that an answer to the first is not kept waiting, and timed too
   * long, by the making of the tenth. Where nothing is left to start or wait for, the agent is done.
   */
  #startNext(): void {
    if (this.#isStarting) return;
    const due = this.#runner.inFlight < MAX_IN_FLIGHT ? this.#takeNext() : undefined;
    if (due === undefined) {
      if (this.#isDone()) this.#end('done');
      return;
    }
    this.#isStarting = true;
    this.#runner.start(due, this.#targets.get(due.schedule) ?? null);
    if (this.#queue.length === 0) this.#isStarting = false;
    else setImmediate(this.#startAnother);
  }

  readonly #startAnother = (): void => {
    this.#isStarting = false;
    this.#startNext();
  };

  /** The first in the queue that may start; lookups wait until another has ended. */
  #takeNext(): Due | undefined {
    if (this.#queue.length === 0) return undefined;
    const isFull = this.#runner.lookups >= MAX_LOOKUPS;
    const next = this.#queue.findIndex(({ schedule }) => !isFull || schedule.probe.kind !== 'resolver');
    return next < 0 ? undefined : this.#queue.splice(next, 1)[0];
  }

  #isDone(): boolean {
    const { answers } = this.#assignment;
    const isAnswering = answers.tcp.length + answers.udp.length > 0;
    const isIdle = this.#runner.inFlight === 0 && this.#queue.length === 0 && this.#pace.nextDueMs() === null;
    const isTracing = this.#assignment.traces !== undefined;
    return isIdle && !isAnswering && !isTracing && this.#waiting.size === 0;
  }

  #sayBye(because: Bye['because']): void {
    clearTimeout(this.#paceTimer);
    this.#queue.length = 0;
    this.#isStarting = true;
    this.#runner.cutAll();
    this.#runner.stop();
    for (const schedule of this.#waiting) {
      this.#complain(`path ${schedule.path} was not measured: the address of its far end never came`);
    }
    for (const stop of this.#stops) stop();
    const counters = moved(this.#countersAtStart, readCounters());
    this.#speaker.say({ type: 'bye', at: Date.now(), because, counters });
  }

  #complain(what: string): void {
    this.#speaker.say({ type: 'trouble', at: Date.now(), what: what.slice(0, 1000) });
  }
}

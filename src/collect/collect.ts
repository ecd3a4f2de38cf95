/** Agents' lines → the parts of a recording, as they arrive. */
import {
  MAX_LINE_LENGTH,
  type Arrival,
  type Bye,
  type HalfOpen,
  type Hello,
  type Message,
  type NodeFacts,
  type Sample,
  type TracerMessage,
  type Trouble,
} from '../../probes/wire.ts';
import { unpack } from '../../probes/pack.ts';
import { parseMessage } from '../../probes/parse.ts';
import type { Limitation } from '../model/cluster.ts';
import type { Plan } from '../model/plan.ts';
import type { ReportProgress } from '../model/progress.ts';
import type { Heard, LostAgent } from '../model/recording.ts';
import type { AgentEvent } from '../place/followed-pods.ts';
import type { Placement } from '../place/place.ts';
import { aboutAgent } from '../place/names.ts';
import { ExpectedSamples } from './expected-samples.ts';
import { agentsAsked } from './peer-table.ts';
import { PeerSchedule } from './peer-schedule.ts';
import { SeenAttempts } from './seen-attempts.ts';
import { Sharing } from './sharing.ts';
import { PathProgress } from './path-progress.ts';

/** Agents are gone 200 ms after being told; their last lines need a little longer. */
const FAREWELL_MS = 2500;
/** And so much longer for each of them, where many logs are read one after the other. */
export const LAST_WORDS_MS = 25;
/** How long nothing may happen before whoever waits is woken all the same. */
const TICK_MS = 500;

/** Between two looks at everything: a millisecond for so many samples, but no longer than this. */
const SAMPLES_PER_MS = 500;
const LONGEST_BREATH_MS = 200;

/** What agents have said until now. Grows in place; a judge may look at it at any time. */
export interface Collected {
  readonly hellos: readonly Hello[];
  readonly samples: readonly Sample[];
  readonly arrivals: readonly Heard<Arrival>[];
  readonly halfOpen: readonly Heard<HalfOpen>[];
  readonly byes: readonly Heard<Bye>[];
  readonly troubles: readonly Heard<Trouble>[];
  readonly nodeFacts: readonly Heard<NodeFacts>[];
  readonly lostAgents: readonly LostAgent[];
}

/** What tracers have said, apart: an ordinary run has none. */
export type TracersHeard = readonly Heard<TracerMessage>[];

export interface CollectOptions {
  readonly placement: Placement;
  readonly plan: Plan;
  readonly reportProgress: ReportProgress;
  /** The controller's clock; agents' clocks may differ, by what their hellos show. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface Collection {
  /** What there is now, with a `cut` sample for every attempt that was told to be waiting. */
  soFar(): Collected;
  /** Something new was said, or half a second went by in silence. Ends when every planned attempt has its outcome, all agents have ended, or the signal. */
  updates(): AsyncIterable<Collected>;
  /** Stops the agents and hears what they still say of attempts in flight; then what there is, with nothing guessed that was told. */
  finish(): Promise<Collected>;
  tracersHeard(): TracersHeard;
  limitations(): Limitation[];
  isComplete(): boolean;
}

export function collect(options: CollectOptions): Collection {
  return new Collector(options);
}

class Collector implements Collection {
  readonly #options: CollectOptions;
  /** Agents that were gone before they were told to go, and why, as far as that is known. */
  readonly #lost = new Map<string, string>();
  readonly #parts = {
    hellos: [] as Hello[],
    samples: [] as Sample[],
    arrivals: [] as Heard<Arrival>[],
    halfOpen: [] as Heard<HalfOpen>[],
    byes: [] as Heard<Bye>[],
    troubles: [] as Heard<Trouble>[],
    nodeFacts: [] as Heard<NodeFacts>[],
  };
  readonly #tracersHeard: Heard<TracerMessage>[] = [];
  readonly #heardAt = new Map<string, number>();
  /** Attempts without an outcome as they were last told, by path and attempt. */
  readonly #waiting = new Map<string, Sample>();
  /** How many samples each agent has told. */
  readonly #told = new Map<string, number>();
  readonly #seen = new SeenAttempts();
  readonly #ended = new Set<string>();
  readonly #malformed = new Map<string, { count: number; problem: string }>();
  readonly #peers: PeerSchedule;
  /** Paths that end at another agent, or wait for one. */
  readonly #toPeers: ReadonlySet<string>;
  readonly #expected: ExpectedSamples;
  #made: ReadonlySet<string> = new Set();
  readonly #progress: PathProgress;
  readonly #sharing: Sharing;
  #isFinishing = false;
  #wake: () => void = () => {};
  #isNews = false;
  #isOver = false;

  constructor(options: CollectOptions) {
    this.#options = options;
    this.#sharing = new Sharing(options.plan.paths.map(({ id }) => id));
    this.#expected = new ExpectedSamples(options.plan.assignments, (agent) => this.#canAnswer(agent));
    this.#onAgents();
    this.#peers = new PeerSchedule(options);
    this.#toPeers = new Set(
      Object.values(options.plan.assignments).flatMap(({ schedules }) =>
        schedules.flatMap((schedule) => (agentsAsked(schedule).length === 0 ? [] : [schedule.path])),
      ),
    );
    this.#progress = new PathProgress(options.plan, options.reportProgress);
    void this.#listen();
  }

  async #listen(): Promise<void> {
    for await (const event of this.#options.placement.events()) {
      this.#onEvent(event);
      this.#isNews = true;
      this.#wake();
    }
    this.#isOver = true;
    this.#peers.stop();
    this.#wake();
  }

  async *updates(): AsyncGenerator<Collected> {
    while (!this.#isOver && !this.#options.signal.aborted) {
      if (this.isComplete() || this.#allEnded()) return;
      if (!this.#isNews) await this.#wakeOr(TICK_MS);
      // A burst of lines is one update; and who has said a lot is looked at less often, for each look goes over all of it.
      const breathMs = Math.min(LONGEST_BREATH_MS, this.#parts.samples.length / SAMPLES_PER_MS);
      await new Promise<void>((resolve) => void (breathMs < 1 ? setImmediate(resolve) : setTimeout(resolve, breathMs)));
      this.#isNews = false;
      yield this.soFar();
    }
  }

  /** Until something happens, but no longer than this. */
  async #wakeOr(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, ms));
      this.#wake = resolve;
    });
    clearTimeout(timer);
  }

  soFar(): Collected {
    // Most of those who look read no samples: of many a copy for each look would keep the garbage collector busy.
    const copied = () => [...this.#parts.samples, ...this.#waiting.values()];
    let samples: readonly Sample[] | undefined;
    return {
      ...this.#parts,
      get samples() {
        return (samples ??= copied());
      },
      lostAgents: [...this.#lost].map(([agent, because]) => ({ agent, because })),
    };
  }

  async finish(): Promise<Collected> {
    this.#isFinishing = true;
    this.#peers.stop();
    const until = this.#options.now() + FAREWELL_MS + this.#options.placement.agents.length * LAST_WORDS_MS;
    const stopped = this.#options.placement.stop(until);
    while (!this.#isOver && !this.#allSaidBye() && this.#options.now() < until) {
      await this.#wakeOr(until - this.#options.now());
    }
    await stopped;
    return this.soFar();
  }

  tracersHeard(): TracersHeard {
    return this.#tracersHeard;
  }

  limitations(): Limitation[] {
    const malformed = [...this.#malformed].map(([agent, { count, problem }]) => ({
      what: `${count} line${count === 1 ? '' : 's'} of agent ${agent}`,
      because: `not understood: ${problem}`,
      subject: aboutAgent(agent),
    }));
    const told = this.#options.placement.limitations();
    const known = new Set(told.map(({ what }) => what));
    const lost = [...this.#lost].map(([agent, because]) => ({
      what: `agent ${agent}`,
      because,
      subject: aboutAgent(agent),
    }));
    return [...told, ...lost.filter(({ what }) => !known.has(what)), ...malformed];
  }

  isComplete(): boolean {
    return this.#options.placement.agents.every((agent) => {
      if (this.#ended.has(agent)) return true;
      return this.#heardAt.has(agent) && (this.#told.get(agent) ?? 0) >= this.#expected.of(agent);
    });
  }

  /** One that was not made, or was gone before its hello, has no address, and nobody will ever ask it. */
  #canAnswer(agent: string): boolean {
    return this.#made.has(agent) && (this.#heardAt.has(agent) || !this.#ended.has(agent));
  }

  #onAgents(): void {
    this.#made = new Set(this.#options.placement.agents);
    this.#expected.onAgents();
  }

  #allEnded(): boolean {
    return this.#options.placement.agents.every((agent) => this.#ended.has(agent));
  }

  #hasSaidBye(agent: string): boolean {
    return this.#parts.byes.some((bye) => bye.agent === agent);
  }

  #allSaidBye(): boolean {
    const gone = new Set([...this.#parts.byes.map(({ agent }) => agent), ...this.#ended]);
    return [...this.#heardAt.keys()].every((agent) => gone.has(agent));
  }

  #onEvent(event: AgentEvent): void {
    switch (event.kind) {
      case 'running':
        return this.#peers.onRunning(event.agent, event.addresses);
      case 'line':
        for (const line of unpack(event.line)) this.#onLine(event.agent, line);
        return;
      case 'stuck':
        return this.#peers.onStuck(event.agent);
      case 'quiet':
        if (!this.#isFinishing && !this.#hasSaidBye(event.agent))
          this.#lost.set(event.agent, 'its log ended without a farewell');
        return;
      case 'ended':
        if (event.because !== null) this.#lost.set(event.agent, event.because);
        this.#ended.add(event.agent);
        this.#onAgents();
        return this.#peers.onEnded(event.agent);
      default:
        event satisfies never;
    }
  }

  #onLine(agent: string, line: string): void {
    if (line === '') return;
    const parsed = line.length > MAX_LINE_LENGTH ? { ok: false as const, problem: 'too long' } : parseMessage(line);
    const problem = parsed.ok ? this.#onMessage(agent, parsed.value) : parsed.problem;
    if (problem === null) return;
    const before = this.#malformed.get(agent);
    this.#malformed.set(agent, { count: (before?.count ?? 0) + 1, problem: before?.problem ?? problem });
  }

  /** Returns what is wrong with it, or null. */
  #onMessage(agent: string, message: Message): string | null {
    const parts = this.#parts;
    switch (message.type) {
      case 'hello':
        if (message.agent !== agent) return `a hello of agent ${message.agent}`;
        if (this.#heardAt.has(agent)) return 'a second hello';
        parts.hellos.push(this.#sharing.hello(message));
        this.#heardAt.set(agent, this.#options.now());
        this.#onAgents();
        this.#peers.onHello(message);
        return null;
      case 'sample':
        return this.#onSample(agent, message);
      case 'waiting':
        return this.#onWaiting(agent, message.sample);
      case 'arrival':
        parts.arrivals.push({ ...message, agent });
        return null;
      case 'half-open':
        parts.halfOpen.push({ ...message, agent });
        return null;
      case 'node-facts':
        this.#onNodeFacts({ ...message, agent });
        return null;
      case 'tracing':
        this.#tracersHeard.push({ ...message, agent });
        if (message.state !== 'ready') this.#peers.onFollowing(agent);
        return null;
      case 'hooked-chains':
        this.#tracersHeard.push({ ...message, agent });
        this.#peers.onFollowing(agent);
        return null;
      case 'rule-trace':
      case 'chain-listing':
      case 'rule-counts':
      case 'trace-cost':
        this.#tracersHeard.push({ ...message, agent });
        return null;
      case 'bye':
        parts.byes.push({ ...message, agent });
        return null;
      case 'trouble':
        parts.troubles.push({ ...message, agent });
        return null;
      default:
        return message satisfies never;
    }
  }

  /** Of each agent the first and the latest: between them only the latest tells how much was dropped. */
  #onNodeFacts(facts: Heard<NodeFacts>): void {
    const { nodeFacts } = this.#parts;
    const before = nodeFacts.findLastIndex(({ agent, when }) => agent === facts.agent && when !== 'start');
    if (before === -1) nodeFacts.push(facts);
    else nodeFacts[before] = facts;
  }

  #onWaiting(agent: string, sample: Sample): string | null {
    if (!this.#isPlanned(agent, sample)) return `an attempt on a path that is not its own`;
    if (sample.outcome.kind !== 'cut') return `an attempt that waits and has ended`;
    if (!this.#seen.has(sample.path, sample.attempt)) this.#waiting.set(keyOf(sample), sample);
    this.#onAsking(agent, sample);
    return null;
  }

  #isPlanned(agent: string, { path: id }: Sample): boolean {
    return this.#options.plan.assignments[agent]?.schedules.some(({ path }) => path === id) ?? false;
  }

  #onSample(agent: string, sample: Sample): string | null {
    if (!this.#isPlanned(agent, sample)) return `a sample of a path that is not its own`;
    if (this.#seen.has(sample.path, sample.attempt)) return 'a second sample of one attempt';
    const kept = this.#sharing.sample(sample);
    this.#seen.add(kept.path, kept.attempt);
    this.#waiting.delete(keyOf(sample));
    this.#parts.samples.push(kept);
    this.#expected.onSample(agent, kept);
    const told = (this.#told.get(agent) ?? 0) + 1;
    this.#told.set(agent, told);
    if (told >= this.#expected.of(agent)) this.#options.placement.done(agent);
    this.#progress.onSample(sample);
    this.#onAsking(agent, sample);
    return null;
  }

  #onAsking(agent: string, { path }: Sample): void {
    if (this.#toPeers.has(path)) this.#peers.onAsking(agent);
  }
}

function keyOf(sample: Sample): string {
  return `${sample.path} ${sample.attempt}`;
}

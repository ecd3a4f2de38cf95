/** Agents' lines → the parts of a recording, as they arrive; and the peer table, as soon as agents can be reached. */
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
import { peerTable, excerpt, expectedPeers } from './peer-table.ts';
import { Sharing } from './sharing.ts';
import { PathProgress } from './path-progress.ts';

/** After the first hello this long is waited for the others before those that are there are told of each other, milliseconds. */
const PATIENCE_MS = 4000;
/** Where pods are many it takes longer until all have said hello: so long for each of them. Two requests a pod, 40 a second (`request-rate.ts`). */
const PATIENCE_A_POD_MS = 100;
/** Who can be told only once, at its start, waits longer for others: images may have to be pulled for them. */
const PATIENCE_INSIDE_MS = 12_000;
/** Later hellos are gathered for this long, so that a burst of them is one round of patches. */
const GATHER_MS = 150;
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
  readonly #seen = new Set<string>();
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #absent = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #malformed = new Map<string, { count: number; problem: string }>();
  /** They answer nobody, and are started when they are told. */
  readonly #inside: ReadonlySet<string>;
  readonly #wanted: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #published = new Map<string, string>();
  readonly #isToldAll = new Set<string>();
  readonly #publishedAt = new Map<string, number>();
  readonly #expected: ExpectedSamples;
  #made: ReadonlySet<string> = new Set();
  readonly #progress: PathProgress;
  readonly #sharing: Sharing;
  #firstHelloAt: number | null = null;
  #publishTimer: NodeJS.Timeout | null = null;
  #isFinishing = false;
  #wake: () => void = () => {};
  #isNews = false;
  #isOver = false;

  constructor(options: CollectOptions) {
    this.#options = options;
    this.#wanted = expectedPeers(options.plan.assignments);
    this.#inside = new Set(options.plan.agents.flatMap(({ id, kind }) => (kind === 'inside' ? [id] : [])));
    this.#sharing = new Sharing(options.plan.paths.map(({ id }) => id));
    this.#expected = new ExpectedSamples(options.plan.assignments, (agent) => this.#canAnswer(agent));
    this.#onAgents();
    this.#progress = new PathProgress(options.plan, options.reportProgress);
    void this.#listen();
  }

  async #listen(): Promise<void> {
    this.#planBook();
    for await (const event of this.#options.placement.events()) {
      this.#onEvent(event);
      this.#isNews = true;
      this.#wake();
    }
    this.#isOver = true;
    if (this.#publishTimer !== null) clearTimeout(this.#publishTimer);
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
    return {
      ...this.#parts,
      samples: [...this.#parts.samples, ...this.#waiting.values()],
      lostAgents: [...this.#lost].map(([agent, because]) => ({ agent, because })),
    };
  }

  async finish(): Promise<Collected> {
    this.#isFinishing = true;
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
        this.#absent.delete(event.agent);
        if (event.addresses.length > 0) this.#addresses.set(event.agent, event.addresses);
        return;
      case 'line':
        for (const line of unpack(event.line)) this.#onLine(event.agent, line);
        return;
      case 'stuck':
        this.#absent.add(event.agent);
        return this.#planBook();
      case 'quiet':
        if (!this.#isFinishing && !this.#hasSaidBye(event.agent))
          this.#lost.set(event.agent, 'its log ended without a farewell');
        return;
      case 'ended':
        if (event.because !== null) this.#lost.set(event.agent, event.because);
        this.#ended.add(event.agent);
        this.#absent.add(event.agent);
        this.#onAgents();
        return this.#planBook();
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
        parts.hellos.push(message);
        this.#heardAt.set(agent, this.#options.now());
        this.#onAgents();
        this.#planBook();
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
      case 'hooked-chains':
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
    if (!this.#seen.has(keyOf(sample))) this.#waiting.set(keyOf(sample), sample);
    return null;
  }

  #isPlanned(agent: string, { path: id }: Sample): boolean {
    return this.#options.plan.assignments[agent]?.schedules.some(({ path }) => path === id) ?? false;
  }

  #onSample(agent: string, sample: Sample): string | null {
    if (!this.#isPlanned(agent, sample)) return `a sample of a path that is not its own`;
    if (this.#seen.has(keyOf(sample))) return 'a second sample of one attempt';
    this.#seen.add(keyOf(sample));
    this.#waiting.delete(keyOf(sample));
    const kept = this.#sharing.sample(sample);
    this.#parts.samples.push(kept);
    this.#expected.onSample(agent, kept);
    const told = (this.#told.get(agent) ?? 0) + 1;
    this.#told.set(agent, told);
    if (told >= this.#expected.of(agent)) this.#options.placement.done(agent);
    this.#progress.onSample(sample);
    return null;
  }

  /** At once when all who can come are there; else after some patience, and again as latecomers say hello. */
  #planBook(): void {
    const answering = this.#options.placement.agents.filter((agent) => agent !== 'local' && !this.#inside.has(agent));
    // Nobody will come, and who is inside a pod still has others to ask.
    const isAlone = this.#inside.size > 0 && answering.every((agent) => this.#absent.has(agent));
    if (this.#isFinishing || (this.#parts.hellos.length === 0 && !isAlone)) return;
    this.#firstHelloAt ??= this.#options.now();
    const isEverybody = answering.every((agent) => this.#heardAt.has(agent) || this.#absent.has(agent));
    const patience = this.#firstHelloAt + PATIENCE_MS - this.#options.now();
    const waitMs = isEverybody ? 0 : patience > 0 ? patience : GATHER_MS;
    if (this.#publishTimer !== null) {
      // A stream of hellos must not put it off again and again.
      if (waitMs > 0) return;
      clearTimeout(this.#publishTimer);
    }
    this.#publishTimer = setTimeout(() => void this.#publish(), waitMs);
  }

  async #publish(): Promise<void> {
    this.#publishTimer = null;
    const table = peerTable(this.#parts.hellos, this.#addresses);
    const made = new Set(this.#options.placement.agents);
    let isLeft = false;
    const due = [...this.#wanted].flatMap(([agent, wanted]) => {
      if (this.#isToldAll.has(agent)) return [];
      const own = excerpt(table, wanted);
      const text = JSON.stringify(own);
      const isSaying = Object.keys(own.agents).length > 0 || this.#inside.has(agent);
      const isNews = isSaying && this.#published.get(agent) !== text;
      if (!isNews || this.#ended.has(agent)) return [];
      if (!this.#isTime(agent, wanted, made)) {
        isLeft = true;
        return [];
      }
      this.#published.set(agent, text);
      if (Object.keys(own.agents).length === wanted.size) this.#isToldAll.add(agent);
      this.#publishedAt.set(agent, this.#options.now());
      return [{ agent, own }];
    });
    if (isLeft && !this.#isFinishing && !this.#isOver) {
      this.#publishTimer ??= setTimeout(() => void this.#publish(), PATIENCE_MS);
    }
    await Promise.all(due.map(({ agent, own }) => this.#options.placement.tellPeers(own, [agent])));
  }

  /** All that can come have come, or it was patient enough: where thousands of pods start one by one, a patch for each would be too many. */
  #isTime(agent: string, wanted: ReadonlySet<string>, made: ReadonlySet<string>): boolean {
    const isHere = (each: string) => this.#heardAt.has(each) || this.#absent.has(each) || !made.has(each);
    const isWhole = [...wanted].every(isHere);
    const since = this.#publishedAt.get(agent) ?? this.#firstHelloAt ?? 0;
    const patienceMs = this.#inside.has(agent) ? PATIENCE_INSIDE_MS : PATIENCE_MS;
    return isWhole || this.#options.now() - since >= Math.max(patienceMs, made.size * PATIENCE_A_POD_MS);
  }
}

function keyOf(sample: Sample): string {
  return `${sample.path} ${sample.attempt}`;
}

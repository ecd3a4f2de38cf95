/** Who is told of which peers, and when: at once when all who can come are there, else after some patience, and again as latecomers say hello. */
import type { Hello, Peers } from '../../probes/wire.ts';
import type { Plan } from '../model/plan.ts';
import type { Placement } from '../place/place.ts';
import { excerpt, expectedPeers, peerTable } from './peer-table.ts';

/** After the first hello this long is waited for the others before those that are there are told of each other, milliseconds. */
const PATIENCE_MS = 4000;
/** Where pods are many it takes longer until all have said hello: so long for each of them. Two requests a pod, 38 a second (`request-rate.ts`). */
const PATIENCE_A_POD_MS = 100;
/** Who can be told only once, at its start, waits longer for others: images may have to be pulled for them. */
const PATIENCE_INSIDE_MS = 12_000;
/** Who sends what is to be followed waits so long for those who follow: their kubelets tell them late of it where nodes are busy. */
const PATIENCE_FOLLOWED_MS = 12_000;
/** Later hellos are gathered for this long, so that a burst of them is one round of patches. */
const GATHER_MS = 150;
/**
 * Who was told and has asked none of them after so long is told again: a kubelet may miss to write a changed annotation into the pod's file until it looks
 * at the pod for another reason (kubernetes/kubernetes#29633), which is a minute later. That is what 3 traces of 329 looked like, on nodes with a load of 8 to 34; it was not seen in the kubelet itself.
 */
const UNHEARD_MS = 5000;
const MOST_TIMES = 3;
/** Of more pods the results come at the end, and nobody knows before who has begun. */
const MOST_FOLLOWED = 100;

export interface PeerScheduleOptions {
  readonly plan: Plan;
  readonly placement: Pick<Placement, 'agents' | 'tellPeers'>;
  readonly now: () => number;
}

export class PeerSchedule {
  readonly #options: PeerScheduleOptions;
  readonly #wanted: ReadonlyMap<string, ReadonlySet<string>>;
  /** They answer nobody, and are started when they are told. */
  readonly #inside: ReadonlySet<string>;
  readonly #tracers: ReadonlySet<string>;
  /** Of the tracers: they follow what they know of by now, or never will. */
  readonly #following = new Set<string>();
  readonly #hellos: Hello[] = [];
  readonly #here = new Set<string>();
  /** Nobody waits for them: they cannot start, or have ended. */
  readonly #absent = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #addresses = new Map<string, readonly string[]>();
  readonly #published = new Map<string, string>();
  readonly #publishedAt = new Map<string, number>();
  readonly #isToldAll = new Set<string>();
  /** They have asked some peer. */
  readonly #asking = new Set<string>();
  #firstHelloAt: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #reminders = new Set<NodeJS.Timeout>();
  #isStopped = false;

  constructor(options: PeerScheduleOptions) {
    this.#options = options;
    this.#wanted = expectedPeers(options.plan.assignments);
    this.#inside = new Set(options.plan.agents.flatMap(({ id, kind }) => (kind === 'inside' ? [id] : [])));
    this.#tracers = new Set(options.plan.agents.flatMap(({ id, traces }) => (traces === true ? [id] : [])));
    this.#plan();
  }

  /** `addresses`: as its pod's status has them. */
  onRunning(agent: string, addresses: readonly string[]): void {
    this.#absent.delete(agent);
    if (addresses.length > 0) this.#addresses.set(agent, addresses);
  }

  onHello(hello: Hello): void {
    this.#hellos.push(hello);
    this.#here.add(hello.agent);
    this.#plan();
  }

  /** A tracer has made its rules, or will make none: nobody needs to wait for it any more. */
  onFollowing(agent: string): void {
    this.#following.add(agent);
    this.onAsking(agent);
    this.#plan();
  }

  /** It knows of its peers. */
  onAsking(agent: string): void {
    this.#asking.add(agent);
  }

  /** It cannot start, as things are. */
  onStuck(agent: string): void {
    this.#absent.add(agent);
    this.#plan();
  }

  onEnded(agent: string): void {
    this.#ended.add(agent);
    this.onStuck(agent);
  }

  /** Nobody is told anything any more. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const timer of this.#reminders) clearTimeout(timer);
  }

  #plan(): void {
    const { placement, now } = this.#options;
    const answering = placement.agents.filter((agent) => agent !== 'local' && !this.#inside.has(agent));
    // Nobody will come, and who is inside a pod still has others to ask.
    const isAlone = this.#inside.size > 0 && answering.every((agent) => this.#absent.has(agent));
    if (this.#isStopped || (this.#hellos.length === 0 && !isAlone)) return;
    this.#firstHelloAt ??= now();
    const isEverybody = answering.every((agent) => this.#here.has(agent) || this.#absent.has(agent));
    const patience = this.#firstHelloAt + PATIENCE_MS - now();
    const waitMs = isEverybody ? 0 : patience > 0 ? patience : GATHER_MS;
    if (this.#timer !== null) {
      // A stream of hellos must not put it off again and again.
      if (waitMs > 0) return;
      clearTimeout(this.#timer);
    }
    this.#timer = setTimeout(() => void this.#publish(), waitMs);
  }

  async #publish(): Promise<void> {
    const { placement, now } = this.#options;
    this.#timer = null;
    const table = peerTable(this.#hellos, this.#addresses);
    const made = new Set(placement.agents);
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
      this.#publishedAt.set(agent, now());
      return [{ agent, own }];
    });
    if (isLeft && !this.#isStopped) this.#timer ??= setTimeout(() => void this.#publish(), PATIENCE_MS);
    for (const { agent, own } of due) this.#remind(agent, own, 1);
    await Promise.all(due.map(({ agent, own }) => placement.tellPeers(own, [agent])));
  }

  /** Tells the same again, if nothing of it was heard meanwhile and nothing newer was told. */
  #remind(agent: string, own: Peers, times: number): void {
    const { placement } = this.#options;
    const isFollowed = agent !== 'local' && !this.#inside.has(agent) && placement.agents.length <= MOST_FOLLOWED;
    if (!isFollowed || times > MOST_TIMES || this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#reminders.delete(timer);
      const isNewest = this.#published.get(agent) === JSON.stringify(own);
      if (this.#asking.has(agent) || this.#ended.has(agent) || !isNewest) return;
      this.#remind(agent, own, times + 1);
      void placement.tellPeers(own, [agent], times);
    }, UNHEARD_MS);
    this.#reminders.add(timer);
  }

  /** All that can come have come, or it was patient enough: where thousands of pods start one by one, a patch for each would be too many. */
  #isTime(agent: string, wanted: ReadonlySet<string>, made: ReadonlySet<string>): boolean {
    // Who is inside a pod has no address until it is told, so that nobody can follow it before.
    const isInside = this.#inside.has(agent);
    const isAwaited = (each: string) => !isInside && this.#tracers.has(each) && !this.#following.has(each);
    const isHere = (each: string) =>
      (this.#here.has(each) && !isAwaited(each)) || this.#absent.has(each) || !made.has(each);
    const isWhole = [...wanted].every(isHere);
    const since = this.#publishedAt.get(agent) ?? this.#firstHelloAt ?? 0;
    const patienceMs = isInside ? PATIENCE_INSIDE_MS : [...wanted].some(isAwaited) ? PATIENCE_FOLLOWED_MS : PATIENCE_MS;
    return isWhole || this.#options.now() - since >= Math.max(patienceMs, made.size * PATIENCE_A_POD_MS);
  }
}

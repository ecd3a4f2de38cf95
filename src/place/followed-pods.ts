/** The pods of a run while they live: their states and logs become events, and what went wrong with them limitations. */
import type { ApiObject, ClusterClient, Name } from '../api/cluster-client.ts';
import { nameOf } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import type { Limitation } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import type { ReportProgress } from '../model/progress.ts';
import type { PullChoice } from '../model/request.ts';
import { aboutAgent, RUN_LABEL } from './names.ts';
import { CONTAINER } from './pod.ts';
import { podState, type PodState } from './pod-state.ts';
import { pullAdvice } from './pull-advice.ts';
import type { Queue } from './queue.ts';
import { STATUS_LAG_MS, within } from './within.ts';
import { LogRounds } from './log-rounds.ts';
import { isUnexplained } from '../api/brief.ts';
import type { Assignment } from '../../probes/wire.ts';

/**
 * Of so many pods each log is followed, and heard at once. With more they are read in turn (`log-rounds.ts`): a followed log is a connection of
 * the API server's to a kubelet, and one of ours where HTTP/2 is not spoken.
 */
export const FOLLOWED_AT_MOST = 80;

/** What happens to agents, as it happens. */
export type AgentEvent =
  | { readonly kind: 'running'; readonly agent: string; readonly addresses: readonly string[] }
  | { readonly kind: 'line'; readonly agent: string; readonly line: string }
  /** Its log is at its end; why is being asked. */
  | { readonly kind: 'quiet'; readonly agent: string }
  /** It will say nothing more; `because` where that is not as planned. */
  | { readonly kind: 'ended'; readonly agent: string; readonly because: string | null }
  /** It cannot start as things are; it may still come. */
  | { readonly kind: 'stuck'; readonly agent: string; readonly because: string };

interface Carrier {
  readonly agent: Agent;
  readonly name: string;
  state: PodState;
  isFollowed: boolean;
  /** Its pod is known to be over. */
  readonly over: PromiseWithResolvers<void>;
}

export interface FollowedPodsParts {
  readonly client: ClusterClient;
  readonly run: string;
  readonly reportProgress: ReportProgress;
  readonly pull: PullChoice;
  readonly queue: Queue<AgentEvent>;
  readonly assignments: Readonly<Record<string, Assignment>>;
  /** Pods of this run. */
  readonly expected: number;
  /** Its container runs; and: its pod is over or gone, whether its log has been read or not. */
  readonly onRunning: (agent: Agent, pod: Name) => void;
  readonly onOver: (agent: Agent) => void;
  /** Ends reading. */
  readonly signal: AbortSignal;
}

export class FollowedPods {
  readonly #parts: FollowedPodsParts;
  readonly #pods = new Map<string, Carrier>();
  readonly #byName = new Map<string, Carrier>();
  readonly #lost = new Map<string, string>();
  readonly #ended = new Set<string>();
  /** null: each log is followed. */
  readonly #rounds: LogRounds | null;
  #isStopping = false;

  constructor(parts: FollowedPodsParts) {
    this.#parts = parts;
    const { client, assignments, expected, queue } = parts;
    const onLine = (agent: string, line: string) => queue.push({ kind: 'line', agent, line });
    const onProblem = (agent: string, says: string) => this.#end(agent, says);
    this.#rounds = expected <= FOLLOWED_AT_MOST ? null : new LogRounds({ client, assignments, onLine, onProblem });
    void this.#rounds?.run(parts.signal);
  }

  /** So many that the API server is to be spared. */
  get isMany(): boolean {
    return this.#rounds !== null;
  }

  /** Its peer table was written. */
  told(agent: string): void {
    this.#rounds?.told(agent);
  }

  /** All that it was to measure has been heard. */
  done(agent: string): void {
    this.#rounds?.done(agent);
  }

  /** What logs still hold is read, while the time lasts; before pods are deleted, for their logs go with them. */
  async lastWords(untilMs: number): Promise<void> {
    const missed = await (this.#rounds?.finish(untilMs, this.#parts.signal) ?? []);
    for (const agent of missed) this.#lost.set(agent, 'there was no time to read its log to the end');
  }

  /** Before the pod is made, so that no event of it is missed. */
  add(agent: Agent, name: string): void {
    const state = { kind: 'starting', because: null, addresses: [] } as const;
    const carrier = { agent, name, state, isFollowed: false, over: Promise.withResolvers<void>() };
    this.#pods.set(agent.id, carrier);
    this.#byName.set(keyOf(agent.identity.namespace, name), carrier);
    this.#reportProgress(agent.id, 'starting', 'pod made');
  }

  /** It could not be made after all. */
  forget({ id }: Agent): void {
    this.#pods.delete(id);
    this.#reportProgress(id, 'failed', 'its pod could not be made');
  }

  /** From now on it is no trouble when a pod goes. */
  expectTheEnd(): void {
    this.#isStopping = true;
  }

  agents(): string[] {
    return [...this.#pods.keys()];
  }

  names(): Name[] {
    return [...this.#pods.values()].map(fullName);
  }

  nameOf(agent: string): Name | null {
    const carrier = this.#pods.get(agent);
    return carrier === undefined ? null : fullName(carrier);
  }

  limitations(): Limitation[] {
    const waiting = [...this.#pods.values()].filter(
      ({ isFollowed, agent }) => !isFollowed && !this.#lost.has(agent.id),
    );
    return [
      ...[...this.#lost].map(([agent, because]) => ({ what: `agent ${agent}`, because, subject: aboutAgent(agent) })),
      ...waiting.map(({ agent, state }) => ({
        what: `agent ${agent.id}`,
        because: state.because ?? 'its pod has not started in time',
        subject: aboutAgent(agent.id),
      })),
    ];
  }

  async watch(namespace: string): Promise<void> {
    const labelSelector = `${RUN_LABEL}=${this.#parts.run}`;
    const options = { namespace, labelSelector, brief: this.isMany };
    for await (const event of this.#parts.client.watch(RESOURCES.pods, options)) {
      if (event.kind === 'problem') {
        for (const { agent } of this.#pods.values()) {
          if (agent.identity.namespace === namespace)
            this.#end(agent.id, `its pod cannot be watched: ${event.problem.message}`);
        }
        return;
      }
      const carrier = this.#byName.get(keyOf(namespace, nameOf(event.object)?.name ?? ''));
      if (carrier === undefined) continue;
      if (event.kind === 'present' && isUnexplained(event.object)) void this.#askFor(carrier);
      else if (event.kind === 'present') this.#onState(carrier, this.#stateOf(carrier, event.object));
      else {
        this.#parts.onOver(carrier.agent);
        if (!carrier.isFollowed) this.#end(carrier.agent.id, 'its pod was deleted by somebody else');
        else carrier.over.resolve();
      }
    }
  }

  /** The pod itself, where its row has more to say than a row can. */
  async #askFor(carrier: Carrier): Promise<void> {
    const pod = await this.#parts.client.get(RESOURCES.pods, fullName(carrier));
    if (pod.ok) this.#onState(carrier, this.#stateOf(carrier, pod.value));
  }

  #stateOf({ agent }: Carrier, pod: ApiObject): PodState {
    const state = podState(pod);
    if (state.kind !== 'stuck' || state.because === null) return state;
    const advice = pullAdvice(state.because, {
      namespace: agent.identity.namespace,
      secrets: this.#parts.pull.secrets,
    });
    return advice === null ? state : { ...state, because: `${state.because}; ${advice}` };
  }

  #onState(carrier: Carrier, state: PodState): void {
    const before = carrier.state;
    carrier.state = state;
    if (state.kind === 'ended' || state.kind === 'failed') {
      carrier.over.resolve();
      this.#parts.onOver(carrier.agent);
    }
    const agent = carrier.agent.id;
    switch (state.kind) {
      case 'starting':
        return;
      case 'stuck':
        if (before.because !== state.because) {
          this.#parts.queue.push({ kind: 'stuck', agent, because: state.because ?? '' });
          this.#reportProgress(agent, 'starting', state.because ?? '');
        }
        return;
      case 'running':
      case 'ended':
        if (!carrier.isFollowed) void this.#follow(carrier);
        return;
      case 'failed':
        // What it has said stays true: it is read where it had begun to speak.
        if (!carrier.isFollowed) this.#end(agent, state.because);
        return;
      default:
        state.kind satisfies never;
    }
  }

  async #follow(carrier: Carrier): Promise<void> {
    carrier.isFollowed = true;
    const { agent, name } = carrier;
    this.#reportProgress(agent.id, 'measuring', 'running');
    this.#parts.onRunning(agent, fullName(carrier));
    this.#parts.queue.push({ kind: 'running', agent: agent.id, addresses: carrier.state.addresses });
    if (this.#rounds !== null) return this.#readInRounds(carrier, this.#rounds);
    const log = this.#parts.client.followLog({ namespace: agent.identity.namespace, name }, CONTAINER);
    let problem: string | null = null;
    for await (const event of log) {
      if (event.kind === 'line') this.#parts.queue.push({ kind: 'line', agent: agent.id, line: event.line });
      else if (!this.#isStopping) problem = `its log cannot be read: ${event.problem.message}`;
    }
    this.#parts.queue.push({ kind: 'quiet', agent: agent.id });
    if (problem === null && !this.#isStopping) problem = await this.#whyOver(carrier);
    this.#end(agent.id, problem);
  }

  async #readInRounds(carrier: Carrier, rounds: LogRounds): Promise<void> {
    const { id } = carrier.agent;
    rounds.add(id, fullName(carrier));
    await carrier.over.promise;
    await rounds.last(id);
    // Its log may have been refused, and that told.
    if (!this.#ended.has(id)) this.#end(id, this.#isStopping ? null : await this.#whyOver(carrier));
  }

  /** null: it ended of itself. */
  async #whyOver(carrier: Carrier): Promise<string | null> {
    await within(STATUS_LAG_MS, carrier.over.promise);
    const { agent, name, state } = carrier;
    if (state.kind === 'failed') return state.because;
    if (state.kind === 'ended') return null;
    const pod = await this.#parts.client.get(RESOURCES.pods, { namespace: agent.identity.namespace, name });
    if (!pod.ok) return pod.problem.status === 404 ? 'its pod was deleted by somebody else' : null;
    return podState(pod.value).because;
  }

  #end(agent: string, because: string | null): void {
    this.#ended.add(agent);
    if (because !== null && !this.#isStopping) this.#lost.set(agent, because);
    this.#reportProgress(agent, because === null ? 'done' : 'failed', because ?? '');
    this.#parts.queue.push({ kind: 'ended', agent, because });
  }

  #reportProgress(agent: string, state: 'starting' | 'measuring' | 'done' | 'failed', says: string): void {
    this.#parts.reportProgress({ kind: 'agent', agent, state, says });
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function fullName({ agent, name }: Carrier): Name {
  return { namespace: agent.identity.namespace, name };
}

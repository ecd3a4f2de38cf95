/** Makes a plan real: pods for its agents, followed while they live and always removed. What cannot be made becomes a gap. */
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Peers } from '../../probes/wire.ts';
import type { ApiResult, ClusterClient } from '../discover/cluster-client.ts';
import { annotationsOf, nameOf } from '../discover/fields.ts';
import { RESOURCES } from '../discover/resources.ts';
import type { Gap } from '../model/cluster.ts';
import type { Agent, Plan } from '../model/plan.ts';
import type { Tell } from '../model/progress.ts';
import { cleanup } from './cleanup.ts';
import { makeGround, type Ground } from './ground.ts';
import { startLocalAgent, type LocalAgent } from './local-agent.ts';
import { AGENT_ANNOTATION, assignmentFile, PEERS_ANNOTATION, podName, RUN_LABEL } from './names.ts';
import { CONTAINER, podManifest } from './pod.ts';
import { podState, type PodState } from './pod-state.ts';
import { Queue } from './queue.ts';
import { objectionsToTwins } from './twin-check.ts';

/** Pods made at once. */
const AT_ONCE = 8;
/** What pods may take to be scheduled, pulled and started, on top of the agents' own time. */
const START_MS = 60_000;
/** A new namespace gets its service account within moments; pods are refused before. */
const ACCOUNT_TRIES = 20;
const ACCOUNT_PAUSE_MS = 150;
/** Cleaning up may take this long after the run's own end. */
const CLEANING_MS = 10_000;

export interface PlaceOptions {
  readonly client: ClusterClient;
  readonly plan: Plan;
  /** Short, lower-case, unique: it is part of object names. */
  readonly run: string;
  readonly image: string;
  readonly pullSecrets?: readonly string[];
  /** The agent's program, as text. */
  readonly bundle: string;
  /** The agents leave by themselves after this long, milliseconds. */
  readonly deadlineMs: number;
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

/** What happens to agents, as it happens. */
export type AgentEvent =
  | { readonly kind: 'running'; readonly agent: string; readonly addresses: readonly string[] }
  | { readonly kind: 'line'; readonly agent: string; readonly line: string }
  /** It will say nothing more; `because` where that is not as planned. */
  | { readonly kind: 'ended'; readonly agent: string; readonly because: string | null }
  /** It cannot start as things are; it may still come. */
  | { readonly kind: 'stuck'; readonly agent: string; readonly because: string };

export interface Placement extends AsyncDisposable {
  /** Agents that were made; each of them ends with an event, or with the run's signal. */
  readonly agents: readonly string[];
  /** What could not be made or has gone wrong until now. */
  gaps(): Gap[];
  events(): AsyncIterable<AgentEvent>;
  /** Writes the address book for these agents. */
  tellPeers(peers: Peers, agents: Iterable<string>): Promise<void>;
  /** Asks all agents to leave; they still tell what was in flight, and their events still come. */
  stop(): Promise<void>;
}

export async function placeAgents(options: PlaceOptions): Promise<Placement> {
  const placed = new Placed(options);
  try {
    await placed.make();
    return placed;
  } catch (error) {
    await placed[Symbol.asyncDispose]();
    throw error;
  }
}

interface Carrier {
  readonly agent: Agent;
  readonly name: string;
  state: PodState;
  isFollowed: boolean;
}

class Placed implements Placement {
  readonly #options: PlaceOptions;
  readonly #client: ClusterClient;
  readonly #queue = new Queue<AgentEvent>();
  readonly #carriers = new Map<string, Carrier>();
  readonly #gaps: Gap[] = [];
  readonly #lost = new Map<string, string>();
  /** Ends watches and logs when the placement is disposed of. */
  readonly #over = new AbortController();
  readonly #namespaces = new Set<string>();
  #local: LocalAgent | null = null;
  #isStopping = false;

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.#client = options.client.withSignal(AbortSignal.any([options.signal, this.#over.signal]));
  }

  get agents(): string[] {
    return [...(this.#local === null ? [] : ['local']), ...this.#carriers.keys()];
  }

  async make(): Promise<void> {
    const { plan } = this.#options;
    const objections = await objectionsToTwins(this.#client, plan.agents);
    for (const [agent, because] of objections) this.#gap(`twin ${agent}`, `no twin is made: ${because}`);
    const wanted = plan.agents.filter((agent) => agent.kind !== 'local' && !objections.has(agent.id));
    const position = new Map(plan.agents.map((agent, index) => [agent.id, index]));
    const named = wanted.map((agent) => ({
      agent,
      name: podName(this.#options.run, agent, position.get(agent.id) ?? 0),
    }));
    const perNamespace = Map.groupBy(named, ({ agent }) => agent.identity.namespace);
    const grounds = await Promise.all([...perNamespace].map(([namespace, pods]) => this.#settle(namespace, pods)));
    await this.#startLocal();
    // The API server's clock, as our own fresh object shows it: ours may be an hour off.
    const nowMs = Math.max(0, ...grounds.map((ground) => ground?.madeAtMs ?? 0));
    if (nowMs > 0) void this.#sweep(nowMs);
  }

  /** One namespace: its ConfigMap, a watch on its pods, the pods. */
  async #settle(namespace: string, pods: readonly { agent: Agent; name: string }[]): Promise<Ground | null> {
    const { plan, run, bundle } = this.#options;
    const assigned = pods.flatMap(({ agent, name }) => {
      const assignment = plan.assignments[agent.id];
      return assignment === undefined ? [] : [{ agent, name, assignment }];
    });
    const files = Object.fromEntries(
      assigned.map((each) => [assignmentFile(each.name), JSON.stringify(each.assignment)]),
    );
    this.#namespaces.add(namespace);
    const made = await makeGround(this.#client, {
      namespace,
      run,
      lastsMs: this.#lastsMs,
      files: { 'agent.mjs': bundle, ...files },
    });
    if (!made.ok) {
      for (const { agent } of pods) this.#gap(`agent ${agent.id}`, made.problem.message);
      return null;
    }
    void this.#watch(namespace);
    const limit = pLimit(AT_ONCE);
    await Promise.all(
      assigned.map(({ agent, name, assignment }) =>
        limit(async () => {
          const { image, pullSecrets = [] } = this.#options;
          const settings = { run, image, pullSecrets, lastsMs: this.#lastsMs };
          const manifest = podManifest({ agent, assignment, name, ownerUid: made.value.uid, settings });
          this.#carriers.set(agent.id, {
            agent,
            name,
            state: { kind: 'starting', because: null, addresses: [] },
            isFollowed: false,
          });
          const created = await this.#createPod(manifest);
          if (created.ok) return this.#tell(agent.id, 'starting', 'pod made');
          this.#carriers.delete(agent.id);
          this.#gap(`agent ${agent.id}`, created.problem.message);
        }),
      ),
    );
    return made.value;
  }

  async #createPod(manifest: Parameters<ClusterClient['create']>[1]): Promise<ApiResult<unknown>> {
    for (let tries = 1; ; tries += 1) {
      const created = await this.#client.create(RESOURCES.pods, manifest);
      const isEarly =
        !created.ok && created.problem.status === 403 && /serviceaccount.*not found/i.test(created.problem.message);
      if (!isEarly || tries === ACCOUNT_TRIES) return created;
      await sleep(ACCOUNT_PAUSE_MS, undefined, { signal: this.#options.signal }).catch(() => {});
    }
  }

  async #startLocal(): Promise<void> {
    const assignment = this.#options.plan.assignments['local'];
    if (assignment === undefined || assignment.shots.length === 0) return;
    try {
      this.#local = await startLocalAgent(this.#options.bundle, assignment);
    } catch (error) {
      this.#gap(
        'agent local',
        `it could not be started here: ${error instanceof Error ? error.message : String(error)}`,
      );
      return;
    }
    this.#queue.push({ kind: 'running', agent: 'local', addresses: [] });
    void this.#followLocal(this.#local);
  }

  async #followLocal(local: LocalAgent): Promise<void> {
    for await (const line of local.lines) this.#queue.push({ kind: 'line', agent: 'local', line });
    this.#queue.push({ kind: 'ended', agent: 'local', because: null });
  }

  async #watch(namespace: string): Promise<void> {
    const labelSelector = `${RUN_LABEL}=${this.#options.run}`;
    for await (const event of this.#client.watch(RESOURCES.pods, { namespace, labelSelector })) {
      if (event.kind === 'problem') {
        this.#gap(`pods of namespace ${namespace}`, `they cannot be watched: ${event.problem.message}`);
        for (const { agent } of this.#carriers.values()) {
          if (agent.identity.namespace === namespace) this.#end(agent.id, event.problem.message);
        }
        return;
      }
      const carrier = this.#carriers.get(annotationsOf(event.object)[AGENT_ANNOTATION] ?? '');
      if (carrier === undefined || nameOf(event.object)?.name !== carrier.name) continue;
      if (event.kind === 'present') this.#onState(carrier, podState(event.object));
      else if (!carrier.isFollowed) this.#end(carrier.agent.id, 'its pod was deleted by somebody else');
    }
  }

  #onState(carrier: Carrier, state: PodState): void {
    const before = carrier.state;
    carrier.state = state;
    const agent = carrier.agent.id;
    switch (state.kind) {
      case 'starting':
        return;
      case 'stuck':
        if (before.because !== state.because) {
          this.#queue.push({ kind: 'stuck', agent, because: state.because ?? '' });
          this.#tell(agent, 'starting', state.because ?? '');
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
    this.#tell(agent.id, 'measuring', 'running');
    this.#queue.push({ kind: 'running', agent: agent.id, addresses: carrier.state.addresses });
    const log = this.#client.followLog({ namespace: agent.identity.namespace, name }, CONTAINER);
    let problem: string | null = null;
    for await (const event of log) {
      if (event.kind === 'line') this.#queue.push({ kind: 'line', agent: agent.id, line: event.line });
      else if (!this.#isStopping) problem = `its log cannot be read: ${event.problem.message}`;
    }
    if (problem === null && !this.#isStopping) problem = await this.#whyOver(carrier);
    this.#end(agent.id, problem);
  }

  /** null: it ended of itself. */
  async #whyOver({ agent, name, state }: Carrier): Promise<string | null> {
    if (state.kind === 'failed') return state.because;
    if (state.kind === 'ended') return null;
    const pod = await this.#client.get(RESOURCES.pods, { namespace: agent.identity.namespace, name });
    if (!pod.ok) return pod.problem.status === 404 ? 'its pod was deleted by somebody else' : null;
    return podState(pod.value).because;
  }

  #end(agent: string, because: string | null): void {
    if (because !== null && !this.#over.signal.aborted) this.#lost.set(agent, because);
    this.#tell(agent, because === null ? 'done' : 'failed', because ?? '');
    this.#queue.push({ kind: 'ended', agent, because });
  }

  events(): AsyncIterable<AgentEvent> {
    const close = () => this.#queue.close();
    if (this.#options.signal.aborted) close();
    this.#options.signal.addEventListener('abort', close, { once: true });
    return this.#queue;
  }

  gaps(): Gap[] {
    const waiting = [...this.#carriers.values()].filter(
      ({ isFollowed, agent }) => !isFollowed && !this.#lost.has(agent.id),
    );
    return [
      ...this.#gaps,
      ...[...this.#lost].map(([agent, because]) => ({ what: `agent ${agent}`, because })),
      ...waiting.map(({ agent, state }) => ({
        what: `agent ${agent.id}`,
        because: state.because ?? 'its pod has not started in time',
      })),
    ];
  }

  async tellPeers(peers: Peers, agents: Iterable<string>): Promise<void> {
    const text = JSON.stringify(peers);
    const limit = pLimit(AT_ONCE);
    await Promise.all(
      [...agents].map((id) =>
        limit(async () => {
          if (id === 'local') return this.#local?.tellPeers(peers);
          const carrier = this.#carriers.get(id);
          if (carrier === undefined) return;
          const { agent, name } = carrier;
          const patch = { metadata: { annotations: { [PEERS_ANNOTATION]: text } } };
          const patched = await this.#client.patch(
            RESOURCES.pods,
            { namespace: agent.identity.namespace, name },
            patch,
          );
          if (!patched.ok && patched.problem.reason !== 'Aborted') {
            this.#gap(
              `what agent ${id} asks of other agents`,
              `it cannot be told their addresses: ${patched.problem.message}`,
            );
          }
        }),
      ),
    );
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#local?.stop();
    await this.#deletePods(this.#client, 1);
  }

  async #deletePods(client: ClusterClient, graceSeconds: number): Promise<void> {
    const limit = pLimit(AT_ONCE);
    await Promise.all(
      [...this.#carriers.values()].map(({ agent, name }) =>
        limit(() => client.delete(RESOURCES.pods, { namespace: agent.identity.namespace, name }, { graceSeconds })),
      ),
    );
  }

  /** Also after an abort, which has ended the client's own signal: nothing may stay behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#over.abort();
    this.#queue.close();
    const client = this.#options.client.withSignal(AbortSignal.timeout(CLEANING_MS));
    await this.#local?.remove();
    await this.#deletePods(client, 0);
    // Once more by label, for pods whose creation was answered too late, and the ConfigMaps.
    if (this.#namespaces.size > 0) {
      const { gaps } = await cleanup(client, { kind: 'run', run: this.#options.run }, [...this.#namespaces]);
      for (const gap of gaps) this.#options.tell({ kind: 'gap', gap });
    }
  }

  async #sweep(nowMs: number): Promise<void> {
    const everywhere = await cleanup(this.#client, { kind: 'ended', nowMs });
    const isPartial = everywhere.gaps.length > 0;
    const swept = isPartial ? await cleanup(this.#client, { kind: 'ended', nowMs }, [...this.#namespaces]) : everywhere;
    if (swept.removed.length > 0) {
      this.#options.tell({
        kind: 'stage',
        stage: 'place',
        says: `removed ${swept.removed.length} objects of earlier runs`,
      });
    }
  }

  get #lastsMs(): number {
    return this.#options.deadlineMs + START_MS;
  }

  #gap(what: string, because: string): void {
    const gap = { what, because };
    this.#gaps.push(gap);
    this.#options.tell({ kind: 'gap', gap });
  }

  #tell(agent: string, state: 'starting' | 'measuring' | 'done' | 'failed', says: string): void {
    this.#options.tell({ kind: 'agent', agent, state, says });
  }
}

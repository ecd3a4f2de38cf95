/** Makes a plan real: pods for its agents, followed while they live and always removed. What cannot be made becomes a limitation. */
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Peers } from '../../probes/wire.ts';
import type { ApiProblem, ApiResult, ClusterClient, Name } from '../api/cluster-client.ts';
import { RESOURCES } from '../api/resources.ts';
import type { Limitation } from '../model/cluster.ts';
import type { Agent, Assignment, Plan } from '../model/plan.ts';
import type { ReportProgress } from '../model/progress.ts';
import type { PullChoice } from '../model/request.ts';
import { agentCommand } from './bundle.ts';
import { cleanup } from './cleanup.ts';
import { DEFAULT_PULL } from './default-image.ts';
import { makeRunConfigMap, makePart, storedBytes, type RunConfigMap } from './run-config-map.ts';
import { startLocalAgent, type LocalAgent } from './local-agent.ts';
import { FollowedPods, type AgentEvent } from './followed-pods.ts';
import { HeldInputs } from './held-inputs.ts';
import { InsideContainers } from './inside.ts';
import {
  aboutAgent,
  assignmentFile,
  configMapName,
  partName,
  PEERS_ANNOTATION,
  podName,
  REMINDER_ANNOTATION,
  RUN_LABEL,
} from './names.ts';
import { chunks, type ChunkFile } from './chunks.ts';
import { podManifest, resourcesOf, type PodParts } from './pod.ts';
import { refusedBecause } from './refusal-advice.ts';
import { Queue } from './queue.ts';
import { objectionsToTwins } from './twin-check.ts';

/** Pods made at once. */
const AT_ONCE = 8;
/** What pods may take to be scheduled, pulled and started, on top of the agents' own time. */
const START_MS = 60_000;
/** A new namespace gets its service account within moments; pods are refused before. */
const ACCOUNT_TRIES = 50;
const ACCOUNT_PAUSE_MS = 60;
/** Cleaning up may take this long after the run's own end. */
const CLEANING_MS = 10_000;
/** And so much longer for each pod, where each needs a request of its own, milliseconds. */
const CLEANING_A_POD_MS = 80;

export interface PlaceOptions {
  readonly client: ClusterClient;
  readonly plan: Plan;
  /** Short, lower-case, unique: it is part of object names. */
  readonly run: string;
  readonly image: string;
  /** Absent: no Secrets, and only where the image is not on the node yet. */
  readonly pull?: PullChoice;
  /** The agent's program, as text. */
  readonly bundle: string;
  /** The agents leave by themselves after this long, milliseconds. */
  readonly deadlineMs: number;
  readonly reportProgress: ReportProgress;
  readonly signal: AbortSignal;
}

export interface Placement extends AsyncDisposable {
  /** Agents that were made; each of them ends with an event, or with the run's signal. */
  readonly agents: readonly string[];
  /** What could not be made or has gone wrong until now. */
  limitations(): Limitation[];
  events(): AsyncIterable<AgentEvent>;
  /** Writes the peer table for these agents; those inside pods of others are started by it. */
  /** `reminder`: how often the same was told before; another number each time, for what has not changed is told to nobody. */
  tellPeers(peers: Peers, agents: Iterable<string>, reminder?: number): Promise<void>;
  /** All that this agent was to measure has been heard. */
  done(agent: string): void;
  /** Asks all agents to leave; they still tell what was in flight, and their events still come. What must be read for that is read until then (Unix milliseconds). */
  stop(untilMs?: number): Promise<void>;
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

interface PodFile extends ChunkFile {
  readonly agent: Agent;
  readonly pod: string;
  readonly assignment: Assignment;
}

class Placed implements Placement {
  readonly #options: PlaceOptions;
  readonly #client: ClusterClient;
  readonly #queue = new Queue<AgentEvent>();
  readonly #pods: FollowedPods;
  readonly #inside: InsideContainers;
  readonly #held: HeldInputs;
  readonly #limitations: Limitation[] = [];
  /** Ends watches and logs when the placement is disposed of. */
  readonly #over = new AbortController();
  readonly #namespaces = new Set<string>();
  /** Further ConfigMaps than the first of each namespace. */
  readonly #parts: Name[] = [];
  #local: LocalAgent | null = null;

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.#client = options.client.withSignal(AbortSignal.any([options.signal, this.#over.signal]));
    const { run, reportProgress, pull = DEFAULT_PULL } = options;
    const common = { client: this.#client, run, reportProgress, queue: this.#queue };
    const { image, bundle, deadlineMs, plan } = options;
    const { assignments } = plan;
    const expected = plan.agents.filter(({ kind }) => kind !== 'local' && kind !== 'inside').length;
    const signal = AbortSignal.any([options.signal, this.#over.signal]);
    this.#held = new HeldInputs({
      client: this.#client,
      onProblem: (agent, { message }) =>
        this.#limitation(agent, `agent ${agent}`, `its standard input cannot be held, so it does nothing: ${message}`),
    });
    const onRunning = ({ id, traces }: Agent, pod: Name) => {
      if (traces === true) void this.#held.hold(id, pod);
    };
    const onOver = ({ id }: Agent) => this.#held.release(id);
    this.#pods = new FollowedPods({ ...common, pull, assignments, expected, signal, onRunning, onOver });
    this.#inside = new InsideContainers({ ...common, image, pullPolicy: pull.policy, bundle, deadlineMs, assignments });
  }

  get agents(): string[] {
    return [...(this.#local === null ? [] : ['local']), ...this.#pods.agents(), ...this.#inside.agents()];
  }

  async make(): Promise<void> {
    // The one on this machine needs nothing of the cluster, and the first to ask should be there first.
    const local = this.#startLocal();
    try {
      await this.#makePods();
    } finally {
      await local;
    }
  }

  async #makePods(): Promise<void> {
    const { plan } = this.#options;
    const planned = [...plan.agents.filter(({ kind }) => kind !== 'inside'), ...(await this.#twinsInstead())];
    const objections = await objectionsToTwins(this.#client, planned);
    for (const [agent, because] of objections) this.#limitation(agent, `twin ${agent}`, `no twin is made: ${because}`);
    const wanted = planned.filter((agent) => agent.kind !== 'local' && !objections.has(agent.id));
    const position = new Map(plan.agents.map((agent, index) => [agent.id, index]));
    const named = wanted.map((agent) => ({
      agent,
      name: podName(this.#options.run, agent, position.get(agent.id) ?? 0),
    }));
    const perNamespace = Map.groupBy(named, ({ agent }) => agent.identity.namespace);
    const configMaps = await Promise.all(
      [...perNamespace].map(([namespace, pods]) => this.#makeConfigMap(namespace, pods)),
    );
    this.#inside.startIndependent();
    // The API server's clock, as our own fresh object shows it: ours may be an hour off.
    const nowMs = Math.max(0, ...configMaps.map((configMap) => configMap?.madeAtMs ?? 0));
    if (nowMs > 0) void this.#sweep(nowMs);
  }

  /** Of the pods that nothing may be put into. What is on the host network has no twin. */
  async #twinsInstead(): Promise<Agent[]> {
    const agents = this.#options.plan.agents.filter(({ kind }) => kind === 'inside');
    const refused = await Promise.all(
      agents.map(async (agent) => ({ agent, because: await this.#inside.admit(agent) })),
    );
    return refused.flatMap(({ agent, because }) => {
      if (because === null) return [];
      const isTwin = !agent.identity.hostNetwork;
      const instead = isTwin ? 'a twin of it asks instead' : 'nothing can ask in its place';
      this.#limitation(
        agent.id,
        `the view from inside pod ${agent.of?.namespace}/${agent.of?.name}`,
        `${because}; ${instead}`,
      );
      return isTwin ? [{ ...agent, kind: 'twin' as const }] : [];
    });
  }

  /** One namespace: its ConfigMap, a watch on its pods, the pods. */
  async #makeConfigMap(
    namespace: string,
    pods: readonly { agent: Agent; name: string }[],
  ): Promise<RunConfigMap | null> {
    const { plan, run, bundle } = this.#options;
    const assigned = pods.flatMap(({ agent, name }) => {
      const assignment = plan.assignments[agent.id];
      return assignment === undefined ? [] : [{ agent, name, assignment }];
    });
    const files = assigned.map((each) => ({
      ...each,
      pod: each.name,
      name: assignmentFile(each.name),
      text: () => JSON.stringify(this.#pods.isMany ? { ...each.assignment, packs: true } : each.assignment),
    }));
    this.#namespaces.add(namespace);
    const portions = chunks(files, storedBytes('agent.mjs', bundle));
    const first = portions.next();
    const { members, texts } = first.done === true ? { members: [], texts: {} } : first.value;
    const parts = { namespace, run, lastsMs: this.#lastsMs };
    const made = await makeRunConfigMap(this.#client, { ...parts, files: { 'agent.mjs': bundle, ...texts } });
    if (!made.ok) {
      for (const { agent } of pods) this.#limitation(agent.id, `agent ${agent.id}`, made.problem.message);
      return null;
    }
    void this.#pods.watch(namespace);
    const { uid: ownerUid } = made.value;
    await this.#createPods(members, { ownerUid });
    let part = 0;
    for (const portion of portions) {
      part += 1;
      const name = partName(run, part);
      this.#parts.push({ namespace, name });
      const more = await makePart(this.#client, { ...parts, files: portion.texts, part, ownerUid });
      if (more.ok) await this.#createPods(portion.members, { ownerUid, part: name });
      else
        for (const { agent } of portion.members) this.#limitation(agent.id, `agent ${agent.id}`, more.problem.message);
    }
    return made.value;
  }

  async #createPods(files: readonly PodFile[], common: { ownerUid: string; part?: string }): Promise<void> {
    const limit = pLimit(AT_ONCE);
    const { run, image, pull = DEFAULT_PULL } = this.#options;
    const settings = { run, image, pull, lastsMs: this.#lastsMs };
    await Promise.all(
      files.map(({ agent, pod, assignment }) =>
        limit(async () => {
          const parts = { agent, assignment, name: pod, ...common, settings };
          this.#pods.add(agent, pod);
          const created = await this.#createPod(podManifest(parts));
          if (created.ok || (await this.#createAsOriginal(parts, created.problem))) return;
          this.#pods.forget(agent);
          this.#limitation(agent.id, `agent ${agent.id}`, refusedBecause(created.problem.message, agent));
        }),
      ),
    );
  }

  /** A LimitRange or quota that refuses what kprobe asks for admitted what the original has; where that states nothing, the namespace's defaults are its own. */
  async #createAsOriginal(parts: PodParts, { status }: ApiProblem): Promise<boolean> {
    const { agent } = parts;
    if (status !== 403 || agent.kind !== 'twin' || agent.of === null) return false;
    const original = await this.#client.get(RESOURCES.pods, agent.of);
    if (!original.ok) return false;
    const resources = resourcesOf(original.value);
    return (await this.#createPod(podManifest({ ...parts, resources }))).ok;
  }

  async #createPod(manifest: Parameters<ClusterClient['create']>[1]): Promise<ApiResult<unknown>> {
    for (let tries = 1; ; tries += 1) {
      const created = await this.#client.create(RESOURCES.pods, manifest, { brief: true });
      const isEarly =
        !created.ok && created.problem.status === 403 && /serviceaccount.*not found/i.test(created.problem.message);
      if (!isEarly || tries === ACCOUNT_TRIES) return created;
      await sleep(ACCOUNT_PAUSE_MS, undefined, { signal: this.#options.signal }).catch(() => {});
    }
  }

  async #startLocal(): Promise<void> {
    const assignment = this.#options.plan.assignments['local'];
    if (assignment === undefined || assignment.schedules.length === 0) return;
    try {
      this.#local = await startLocalAgent(agentCommand(), assignment);
    } catch (error) {
      this.#limitation(
        'local',
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

  events(): AsyncIterable<AgentEvent> {
    const close = () => this.#queue.close();
    if (this.#options.signal.aborted) close();
    this.#options.signal.addEventListener('abort', close, { once: true });
    return this.#queue;
  }

  limitations(): Limitation[] {
    return [...this.#limitations, ...this.#pods.limitations(), ...this.#inside.limitations()];
  }

  async tellPeers(peers: Peers, agents: Iterable<string>, reminder = 0): Promise<void> {
    const text = JSON.stringify(peers);
    const limit = pLimit(AT_ONCE);
    await Promise.all(
      [...agents].map((id) =>
        limit(async () => {
          if (id === 'local') return this.#local?.tellPeers(peers);
          if (await this.#inside.start(id, peers)) return;
          const name = this.#pods.nameOf(id);
          if (name === null) return;
          // Who set which field is a third of a pod, told with each change of it: nobody needs it of a pod that lives for minutes.
          const forgotten = this.#pods.isMany ? { managedFields: [{}] } : {};
          const reminded = reminder === 0 ? {} : { [REMINDER_ANNOTATION]: String(reminder) };
          const patch = { metadata: { annotations: { [PEERS_ANNOTATION]: text, ...reminded }, ...forgotten } };
          const patched = await this.#client.patch(RESOURCES.pods, name, patch, { brief: true });
          if (patched.ok) this.#pods.told(id);
          if (!patched.ok && patched.problem.reason !== 'Aborted') {
            this.#limitation(
              id,
              `what agent ${id} asks of other agents`,
              `it cannot be told their addresses: ${patched.problem.message}`,
            );
          }
        }),
      ),
    );
  }

  done(agent: string): void {
    this.#pods.done(agent);
  }

  async stop(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#pods.expectTheEnd();
    this.#inside.stop();
    this.#local?.stop();
    if (!this.#pods.isMany) return this.#deletePods(this.#client, 1);
    await this.#pods.lastWords(untilMs);
    this.#queue.close();
  }

  /** Many of them by one request, where that is allowed; else each by its own. */
  async #deletePods(client: ClusterClient, graceSeconds: number): Promise<void> {
    if (this.#pods.isMany) {
      const labelSelector = `${RUN_LABEL}=${this.#options.run}`;
      const namespaces = [...this.#namespaces];
      const deleted = await Promise.all(
        namespaces.map((namespace) => client.deleteAll(RESOURCES.pods, { namespace, labelSelector })),
      );
      if (deleted.every(({ ok }) => ok)) return;
    }
    const limit = pLimit(AT_ONCE);
    await Promise.all(
      this.#pods.names().map((name) => limit(() => client.delete(RESOURCES.pods, name, { graceSeconds }))),
    );
  }

  /** Also after an abort, which has ended the client's own signal: nothing may stay behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#pods.expectTheEnd();
    this.#inside.stop();
    this.#held.end();
    this.#over.abort();
    this.#queue.close();
    const client = this.#options.client.withSignal(
      AbortSignal.timeout(CLEANING_MS + this.#pods.names().length * CLEANING_A_POD_MS),
    );
    // By name, which needs no right to list.
    const name = configMapName(this.#options.run);
    const maps = [...[...this.#namespaces].map((namespace) => ({ namespace, name })), ...this.#parts];
    const limit = pLimit(AT_ONCE);
    const deleteMaps = () => Promise.all(maps.map((map) => limit(() => client.delete(RESOURCES.configMaps, map))));
    const ends = [Promise.resolve(this.#local?.remove()), this.#deletePods(client, 0)];
    // Where many pods go by one request, their ConfigMaps go after them: the garbage collector would take them one by one.
    if (this.#pods.isMany) await Promise.all(ends);
    await Promise.all([...ends, deleteMaps()]);
    // Once more by label, for pods whose creation was answered too late, and the ConfigMaps.
    if (this.#namespaces.size > 0) {
      const { limitations } = await cleanup(client, { kind: 'run', run: this.#options.run }, [...this.#namespaces]);
      for (const limitation of limitations) this.#options.reportProgress({ kind: 'limitation', limitation });
    }
  }

  async #sweep(nowMs: number): Promise<void> {
    const everywhere = await cleanup(this.#client, { kind: 'ended', nowMs });
    const isPartial = everywhere.limitations.length > 0;
    const swept = isPartial ? await cleanup(this.#client, { kind: 'ended', nowMs }, [...this.#namespaces]) : everywhere;
    if (swept.removed.length > 0) {
      this.#options.reportProgress({
        kind: 'stage',
        stage: 'place',
        says: `removed ${swept.removed.length} objects of earlier runs`,
      });
    }
  }

  get #lastsMs(): number {
    return this.#options.deadlineMs + START_MS;
  }

  #limitation(agent: string, what: string, because: string): void {
    const limitation = { what, because, subject: aboutAgent(agent) };
    this.#limitations.push(limitation);
    this.#options.reportProgress({ kind: 'limitation', limitation });
  }
}

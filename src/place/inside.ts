/**
 * Agents in pods of others, each an ephemeral container. Nothing can be told to one that runs, so it is started when its peer table
 * is complete; nothing can remove it, so it ends by itself: when its last attempt is over, and at the run's deadline at the latest.
 */
import { WIRE_VERSION, type Peers } from '../../probes/wire.ts';
import type { ApiProblem, ClusterClient, Name } from '../api/cluster-client.ts';
import { nameOf } from '../api/fields.ts';
import { RESOURCES } from '../api/resources.ts';
import type { Limitation } from '../model/cluster.ts';
import { list } from '../model/format.ts';
import type { Agent, Assignment } from '../model/plan.ts';
import type { ReportProgress } from '../model/progress.ts';
import type { AgentEvent } from './followed-pods.ts';
import { insideContainer, insideContainerName } from './inside-container.ts';
import { insideState } from './inside-state.ts';
import { aboutAgent } from './names.ts';
import type { PodState } from './pod-state.ts';
import type { Queue } from './queue.ts';
import { STATUS_LAG_MS, within } from './within.ts';

/** Less would end before it has said hello. */
const SHORTEST_MS = 1000;
const NOBODY: Peers = { version: WIRE_VERSION, agents: {} };

export interface InsideParts {
  readonly client: ClusterClient;
  readonly run: string;
  readonly image: string;
  readonly pullPolicy: string;
  readonly bundle: string;
  /** The run is over so long after this was made, milliseconds. */
  readonly deadlineMs: number;
  readonly assignments: Readonly<Record<string, Assignment>>;
  readonly reportProgress: ReportProgress;
  readonly queue: Queue<AgentEvent>;
}

interface Carrier {
  readonly agent: string;
  readonly pod: Name;
  readonly assignment: Assignment;
  state: PodState | null;
  isStarted: boolean;
  /** The pod has the container, or may have it: an answer can be lost. */
  isAdded: boolean;
  isFollowed: boolean;
  isEnded: boolean;
  /** Its container is known to be over. */
  readonly over: PromiseWithResolvers<void>;
}

export class InsideContainers {
  readonly #parts: InsideParts;
  readonly #carriers = new Map<string, Carrier>();
  readonly #lost = new Map<string, string>();
  readonly #unasked: Limitation[] = [];
  readonly #madeAt = performance.now();
  #isStopping = false;

  constructor(parts: InsideParts) {
    this.#parts = parts;
  }

  /** Asks the API server without any effect. null: it may be put into its pod; else why not. */
  async admit({ id, of }: Agent): Promise<string | null> {
    const assignment = this.#parts.assignments[id];
    if (of === null || assignment === undefined) return 'nothing is planned for it';
    const container = this.#container(assignment, NOBODY);
    if (container === null) return 'its assignment is too long for a container without volumes';
    const tried = await this.#parts.client.addEphemeralContainer(of, container, { dryRun: true });
    if (!tried.ok) return because(tried.problem, of);
    const over = Promise.withResolvers<void>();
    const flags = { isStarted: false, isAdded: false, isFollowed: false, isEnded: false };
    this.#carriers.set(id, { agent: id, pod: of, assignment, state: null, ...flags, over });
    return null;
  }

  agents(): string[] {
    return [...this.#carriers.keys()];
  }

  /** Those that ask no other agent need no address. */
  startIndependent(): void {
    for (const { agent, assignment } of this.#carriers.values()) {
      if (assignment.schedules.every((each) => peerOf(each) === null)) void this.start(agent, NOBODY);
    }
  }

  /** Puts the container into its pod, once; false: no such agent. Who is not in the book by now is not asked by it. */
  async start(agent: string, peers: Peers): Promise<boolean> {
    const carrier = this.#carriers.get(agent);
    if (carrier === undefined || carrier.isStarted || this.#isStopping) return carrier !== undefined;
    carrier.isStarted = true;
    const { pod } = carrier;
    const says = `adding a container to pod ${pod.namespace}/${pod.name}: it ends by itself and stays listed there`;
    this.#parts.reportProgress({ kind: 'stage', stage: 'place', says });
    const container = this.#container(this.#possible(carrier, peers), peers);
    if (container === null) {
      this.#end(carrier, 'what it has to be told is too long for a container without volumes');
      return true;
    }
    this.#parts.reportProgress({ kind: 'agent', agent, state: 'starting', says: 'container added' });
    const added = await this.#parts.client.addEphemeralContainer(pod, container);
    carrier.isAdded = added.ok || added.problem.status === null;
    if (added.ok) void this.#watch(carrier);
    else this.#end(carrier, because(added.problem, pod));
    return true;
  }

  /** They cannot be told to leave: from now on nobody waits for them. */
  stop(): void {
    this.#isStopping = true;
    for (const carrier of this.#carriers.values()) this.#end(carrier, null);
  }

  limitations(): Limitation[] {
    const carriers = [...this.#carriers.values()];
    const mute = carriers.filter(({ agent, isFollowed }) => !isFollowed && !this.#lost.has(agent));
    return [
      ...[...this.#lost].map(([agent, why]) => ({ what: `agent ${agent}`, because: why, subject: aboutAgent(agent) })),
      ...mute.map(({ agent, state }) => ({
        what: `agent ${agent}`,
        because: state?.because ?? 'its container has not started in time',
        subject: aboutAgent(agent),
      })),
      ...this.#unasked,
      ...this.#remainder(carriers.filter(({ isAdded }) => isAdded)),
    ];
  }

  #remainder(carriers: readonly Carrier[]): Limitation[] {
    if (carriers.length === 0) return [];
    const pods = carriers.map(({ pod }) => `${pod.namespace}/${pod.name}`);
    return [
      {
        what: `removing container ${insideContainerName(this.#parts.run)} from ${list(pods)}`,
        because: 'an ephemeral container (--inside) ends by itself and stays listed as long as its pod lives',
      },
    ];
  }

  /** Without what it would wait for in vain until its deadline. */
  #possible({ agent, assignment }: Carrier, peers: Peers): Assignment {
    const isKnown = (each: Assignment['schedules'][number]) => {
      const peer = peerOf(each);
      return peer === null || Object.hasOwn(peers.agents, peer);
    };
    const missing = assignment.schedules.filter((each) => !isKnown(each)).flatMap((each) => peerOf(each) ?? []);
    for (const peer of new Set(missing)) {
      const because = 'that one was not there in time';
      this.#unasked.push({ what: `what ${agent} asks of ${peer}`, because, subject: aboutAgent(agent) });
    }
    return { ...assignment, schedules: assignment.schedules.filter(isKnown) };
  }

  #container(assignment: Assignment, peers: Peers) {
    const leftMs = Math.round(this.#parts.deadlineMs - (performance.now() - this.#madeAt));
    const deadlineMs = Math.max(SHORTEST_MS, leftMs);
    return insideContainer({ ...this.#parts, assignment: { ...assignment, deadlineMs }, peers });
  }

  async #watch(carrier: Carrier): Promise<void> {
    const { namespace = '', name } = carrier.pod;
    const selected = { namespace, fieldSelector: `metadata.name=${name}` };
    for await (const event of this.#parts.client.watch(RESOURCES.pods, selected)) {
      if (event.kind === 'problem') {
        if (!carrier.isFollowed) this.#end(carrier, `its pod cannot be watched: ${event.problem.message}`);
        return;
      }
      if (nameOf(event.object)?.name !== name) continue;
      if (event.kind === 'present') {
        this.#onState(carrier, insideState(event.object, insideContainerName(this.#parts.run)));
      } else {
        carrier.over.resolve();
        if (!carrier.isFollowed) this.#end(carrier, 'its pod was deleted by somebody else');
      }
      if (carrier.isEnded) return;
    }
  }

  #onState(carrier: Carrier, state: PodState): void {
    const before = carrier.state;
    carrier.state = state;
    const { agent, isFollowed } = carrier;
    if (state.kind === 'ended' || state.kind === 'failed') carrier.over.resolve();
    if (state.kind === 'failed' && !isFollowed) return this.#end(carrier, state.because);
    if ((state.kind === 'running' || state.kind === 'ended') && !isFollowed) return void this.#follow(carrier);
    if (state.kind !== 'stuck' || before?.because === state.because) return;
    this.#parts.queue.push({ kind: 'stuck', agent, because: state.because ?? '' });
    this.#parts.reportProgress({ kind: 'agent', agent, state: 'starting', says: state.because ?? '' });
  }

  async #follow(carrier: Carrier): Promise<void> {
    carrier.isFollowed = true;
    const { agent, pod } = carrier;
    const { client, queue, reportProgress, run } = this.#parts;
    reportProgress({ kind: 'agent', agent, state: 'measuring', says: 'running' });
    queue.push({ kind: 'running', agent, addresses: [] });
    let problem: string | null = null;
    for await (const event of client.followLog(pod, insideContainerName(run))) {
      if (event.kind === 'line') queue.push({ kind: 'line', agent, line: event.line });
      else problem = `its log cannot be read: ${event.problem.message}`;
    }
    queue.push({ kind: 'quiet', agent });
    if (problem === null && !this.#isStopping) {
      await within(STATUS_LAG_MS, carrier.over.promise);
      problem = carrier.state?.because ?? null;
    }
    this.#end(carrier, problem);
  }

  #end(carrier: Carrier, why: string | null): void {
    if (carrier.isEnded) return;
    carrier.isEnded = true;
    const { agent } = carrier;
    if (why !== null && !this.#isStopping) this.#lost.set(agent, why);
    this.#parts.reportProgress({ kind: 'agent', agent, state: why === null ? 'done' : 'failed', says: why ?? '' });
    this.#parts.queue.push({ kind: 'ended', agent, because: why });
  }
}

/** The agent that these attempts need the address of; null: none. */
function peerOf({ probe }: Assignment['schedules'][number]): string | null {
  return probe.kind === 'resolver' || !('agent' in probe.to) ? null : probe.to.agent;
}

function because({ status, message }: ApiProblem, { namespace }: Name): string {
  const isUnauthorized = status === 403 && message.includes('ephemeralcontainers');
  return isUnauthorized ? `${message}; kprobe install --twins ${namespace} --inside gives the right` : message;
}

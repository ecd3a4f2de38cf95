/** What diagnose, sweep and matrix share: one plan is placed and collected, and what agents said becomes a recording. */
import packageJson from '../package.json' with { type: 'json' };
import { collect, LAST_WORDS_MS } from './collect/collect.ts';
import type { Collected, TracersHeard } from './collect/collect.ts';
import { connect } from './api/client.ts';
import type { ClusterClient } from './api/cluster-client.ts';
import { discover } from './discover/discover.ts';
import type { Cluster, Limitation } from './model/cluster.ts';
import type { Plan } from './model/plan.ts';
import type { ReportProgress } from './model/progress.ts';
import { RECORDING_SCHEMA } from './model/recording.ts';
import type { Recording } from './model/recording.ts';
import type { PullChoice } from './model/request.ts';
import { DEFAULT_IMAGE, DEFAULT_PULL } from './place/default-image.ts';
import { withOwnNamespaces } from './place/own-namespaces.ts';
import { placeAgents } from './place/place.ts';

/** How long the API may take to answer the first call. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Kept back from the run's time, to hear the agents out and to remove them. */
const FAREWELL_MS = 4000;

/** How long a run may go on; its clock starts when this is made. Disposed of, it holds nothing any more: a process may have many runs. */
export interface Limits extends Disposable {
  readonly timeoutMs: number;
  /** The user's wish to stop. */
  readonly asked: AbortSignal;
  /** Stop measuring: asked for, or only the time for a farewell is left. */
  readonly measuring: AbortSignal;
  /** Everything must be over. */
  readonly hard: AbortSignal;
}

export function limitsOf(timeoutMs: number, asked: AbortSignal, farewellMs = FAREWELL_MS): Limits {
  const [over, hard] = [after(Math.max(timeoutMs - farewellMs, timeoutMs / 2)), after(timeoutMs)];
  return {
    timeoutMs,
    asked,
    measuring: AbortSignal.any([asked, over.signal]),
    hard: hard.signal,
    [Symbol.dispose]: () => [over, hard].forEach((each) => each[Symbol.dispose]()),
  };
}

/** The farewell of so many pods, whose logs are read one after the other. */
export function lastWordsMs(pods: number): number {
  return FAREWELL_MS + pods * LAST_WORDS_MS;
}

/** The same limits for a part of the run: measuring ends earlier. */
export function within(limits: Limits, measureMs: number): Limits {
  const over = after(measureMs);
  const measuring = AbortSignal.any([limits.measuring, over.signal]);
  return { ...limits, measuring, [Symbol.dispose]: () => over[Symbol.dispose]() };
}

/** Unlike AbortSignal.timeout it can be let go of; until it fires, a timer keeps alive whatever listens. */
function after(ms: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException('time is up', 'TimeoutError')),
    Math.round(ms),
  ).unref();
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Which cluster; null: as kubectl would choose. */
export interface Whereabouts {
  readonly context: string | null;
  readonly kubeconfig: string | null;
}

/** Throws UserError where nothing answers. To be closed by the caller. */
export function openCluster({ context, kubeconfig }: Whereabouts, limits: Limits): Promise<ClusterClient> {
  return connect({
    ...(kubeconfig === null ? {} : { kubeconfig }),
    ...(context === null ? {} : { context }),
    timeoutMs: Math.min(CONNECT_TIMEOUT_MS, limits.timeoutMs),
    signal: limits.measuring,
  });
}

/** The cluster as a run finds it, and kprobe's own namespaces as the run will make them. */
export async function readCluster(client: ClusterClient, limits: Limits): Promise<Cluster> {
  return withOwnNamespaces(await discover(client, { signal: limits.measuring }));
}

export interface MeasureOptions {
  readonly client: ClusterClient;
  readonly plan: Plan;
  /** Short, lower-case, unique: it is part of object names. Two plans of one command have two of them. */
  readonly run: string;
  /** null: kprobe's choice. */
  readonly image: string | null;
  /** Absent: no Secrets, and only where the image is not on the node yet. */
  readonly pull?: PullChoice;
  /** The agent's program, as text. */
  readonly bundle: string;
  readonly limits: Limits;
  readonly reportProgress: ReportProgress;
}

/** What there is at one moment; `ended` is why measuring stops if it stops here. */
export interface Measured {
  readonly parts: Collected;
  readonly limitations: readonly Limitation[];
  readonly ended: Recording['ended'];
}

/** Agents at work. Disposing of it removes all of them, whatever happened. */
export interface Measurement extends AsyncDisposable {
  /** Something new was said, or half a second went by. Ends when there is nothing more to wait for, or time is up. */
  updates(): AsyncIterable<Measured>;
  /** Stops the agents, hears what they still say of attempts in flight, and gives all there is. */
  finish(): Promise<Measured>;
  /** Until now; nothing where the plan has no tracers. */
  tracersHeard(): TracersHeard;
}

/** Places the plan's agents and follows what they say. What cannot be placed becomes a limitation. */
export async function startMeasuring(options: MeasureOptions): Promise<Measurement> {
  const { client, plan, run, bundle, limits, reportProgress } = options;
  const { timeoutMs: deadlineMs, measuring: signal, asked, hard } = limits;
  reportProgress({ kind: 'stage', stage: 'place', says: `starting ${podsOf(plan)} probe pods` });
  const image = options.image ?? DEFAULT_IMAGE;
  const pull = options.pull ?? DEFAULT_PULL;
  const placement = await placeAgents({
    client,
    plan,
    run,
    image,
    pull,
    bundle,
    deadlineMs,
    reportProgress,
    signal: hard,
  });
  const collection = collect({ placement, plan, reportProgress, now: Date.now, signal });
  reportProgress({ kind: 'stage', stage: 'collect', says: 'measuring' });
  return {
    async *updates() {
      for await (const parts of collection.updates())
        yield { parts, limitations: collection.limitations(), ended: 'settled' };
    },
    async finish() {
      const ended = !signal.aborted ? 'complete' : asked.aborted ? 'interrupted' : 'timeout';
      return { parts: await collection.finish(), limitations: collection.limitations(), ended };
    },
    tracersHeard: () => collection.tracersHeard(),
    [Symbol.asyncDispose]: () => placement[Symbol.asyncDispose](),
  };
}

/** All agents are pods but the one on this machine and those in pods of others. */
export function podsOf(plan: Pick<Plan, 'agents'>): number {
  return plan.agents.filter(({ kind }) => kind !== 'local' && kind !== 'inside').length;
}

/** What a recording says of its run besides what was measured. */
export interface RunFacts extends Pick<Recording, 'run' | 'slowAfterMs' | 'target' | 'cluster' | 'plan'> {
  readonly startedAt: Date;
}

/** The recording of a run as it stands at `nowMs` (Unix milliseconds). */
export function recordingOf(facts: RunFacts, { parts, limitations, ended }: Measured, nowMs: number): Recording {
  const { run, startedAt, slowAfterMs, target, cluster, plan } = facts;
  return {
    schema: RECORDING_SCHEMA,
    kprobe: packageJson.version,
    run,
    startedAt: startedAt.toISOString(),
    tookMs: nowMs - startedAt.getTime(),
    ended,
    slowAfterMs,
    target,
    cluster,
    plan: { agents: plan.agents, paths: plan.paths, limitations: plan.limitations },
    ...parts,
    limitations,
  };
}

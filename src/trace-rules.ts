/** `--trace-rules`: after the ordinary run, a few failing paths again while the rules of their nodes are followed. */
import { randomBytes } from 'node:crypto';
import type { RuleTrace, Tracing } from '../probes/wire.ts';
import type { ClusterClient } from './api/cluster-client.ts';
import type { TracersHeard } from './collect/collect.ts';
import { readTrace } from './judge/traces/read-trace.ts';
import { standInsOf } from './judge/traces/stand-ins.ts';
import { unsent } from './judge/traces/unsent.ts';
import { startMeasuring, within } from './measure.ts';
import type { Limits, MeasureOptions } from './measure.ts';
import type { Limitation } from './model/cluster.ts';
import { count } from './model/format.ts';
import type { Plan } from './model/plan.ts';
import type { ReportProgress } from './model/progress.ts';
import type { Recording, RuleTraces } from './model/recording.ts';
import { planTrace } from './plan/trace-plan.ts';

/** Two packets of a path that end alike are enough, if an attempt has ended meanwhile. */
const ENOUGH = 2;
/** Pods start, which may take half a minute where nodes are busy, and then all attempts are over after 9 s. */
const LONGEST_MS = 50_000;
/** Listings of chains come a moment after the packets. */
const LISTING_MS = 600;

export interface TraceRulesOptions extends Pick<MeasureOptions, 'image' | 'pull' | 'bundle' | 'reportProgress'> {
  readonly client: ClusterClient;
  readonly recording: Pick<Recording, 'cluster' | 'plan' | 'hellos'>;
  /** Ids. */
  readonly paths: readonly string[];
  readonly limits: Limits;
}

export interface TracedRules {
  readonly traces: RuleTraces;
  /** Of those who send and answer. */
  readonly others: readonly Limitation[];
}

/** Pods come and go as in an ordinary run. What cannot be followed is a limitation, never an error. */
export async function traceRules(options: TraceRulesOptions): Promise<TracedRules> {
  const { client, recording, paths, image, pull, bundle, reportProgress } = options;
  using limits = within(options.limits, LONGEST_MS);
  const run = randomBytes(4).toString('hex');
  const chance = randomBytes(2).readUInt16BE() / 0x10000;
  const plan = planTrace(recording, paths, { run, deadlineMs: limits.timeoutMs, chance });
  const tracers = tracersOf(plan);
  const says = `following ${count(paths.length, 'path')} on ${count(tracers.size, 'node')}`;
  reportProgress({ kind: 'stage', stage: 'trace', says });
  const failed = new Set<string>();
  const common = { client, plan, run, image, bundle, limits, reportProgress: watching(failed, reportProgress) };
  await using measurement = await startMeasuring({ ...common, ...(pull === undefined ? {} : { pull }) });
  const table = tableOf(plan);
  let enoughAt: number | null = null;
  for await (const _ of measurement.updates()) {
    const heard = measurement.tracersHeard();
    if (isHopeless(heard, failed, tracers)) break;
    if (isEnough(heard, paths, table)) enoughAt ??= Date.now();
    if (enoughAt !== null && Date.now() - enoughAt >= LISTING_MS) break;
  }
  const { parts, limitations } = await measurement.finish();
  const traces = {
    table,
    paths,
    tracers: Object.fromEntries(tracers),
    heard: measurement.tracersHeard(),
    samples: parts.samples,
    standIns: standInsOf(plan.agents, parts.hellos),
    limitations: limitations.filter((limitation) => isAboutTracer(limitation, tracers)),
  };
  const others = limitations.filter((limitation) => !isAboutTracer(limitation, tracers));
  return { traces, others: [...others, ...unsent(plan, { ...parts, limitations })] };
}

function tracersOf({ agents }: Plan): Map<string, string> {
  return new Map(agents.flatMap(({ id, node, traces }) => (traces === true && node !== null ? [[id, node]] : [])));
}

function tableOf({ assignments }: Plan): string {
  return Object.values(assignments).flatMap(({ traces }) => traces?.table ?? [])[0] ?? '';
}

/** Keeps who will never come, as placing tells it: who has not come yet is no such case. */
function watching(failed: Set<string>, tell: ReportProgress): ReportProgress {
  return (progress) => {
    if (progress.kind === 'agent' && progress.state === 'failed') failed.add(progress.agent);
    const subject = progress.kind === 'limitation' ? progress.limitation.subject : undefined;
    if (subject?.kind === 'agent') failed.add(subject.agent);
    tell(progress);
  };
}

/** None of them is there, or can do it, and none counts instead. */
function isHopeless(heard: TracersHeard, failed: ReadonlySet<string>, tracers: ReadonlyMap<string, string>): boolean {
  const refused = heard.flatMap((each) => (each.type === 'tracing' && isOut(each) ? [each.agent] : []));
  const out = new Set([...refused, ...failed]);
  return [...tracers.keys()].every((agent) => out.has(agent));
}

function isOut({ state, counts = [] }: Tracing): boolean {
  return state !== 'ready' && counts.length === 0;
}

function isEnough(heard: TracersHeard, paths: readonly string[], ownTable: string): boolean {
  const stopped = heard.flatMap((each) => (each.type === 'rule-trace' && isStopped(each, ownTable) ? [each.path] : []));
  return paths.every((path) => stopped.filter((each) => each === path).length >= ENOUGH);
}

function isStopped(told: RuleTrace, ownTable: string): boolean {
  const end = readTrace(told, { node: '', chains: [], ownTable })?.trace.end;
  return end === 'dropped' || end === 'rejected';
}

function isAboutTracer({ subject }: Limitation, tracers: ReadonlyMap<string, string>): boolean {
  return subject?.kind === 'agent' && tracers.has(subject.agent);
}

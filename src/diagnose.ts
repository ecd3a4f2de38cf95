/** `kprobe diagnose`, on one page: discover → plan → place → collect → judge. Rendering is the command's. */
import { randomBytes } from 'node:crypto';
import { watchDepartures } from './collect/departures.ts';
import { withAddresses } from './discover/lookup.ts';
import { resolveTarget } from './discover/target.ts';
import { experimentsAsked } from './judge/diagnoses/index.ts';
import { hasIdled, isCleanEnough, isSure, mayStop, ripenessOf } from './judge/engine/early-stop.ts';
import { examine, judge } from './judge/judge.ts';
import type { Judgement } from './judge/judge.ts';
import { worthFollowing } from './judge/traces/worth-following.ts';
import { limitsOf, openCluster, readCluster, recordingOf, startMeasuring } from './measure.ts';
import type { MeasureOptions, RunFacts } from './measure.ts';
import type { Recording } from './model/recording.ts';
import type { DiagnoseRequest } from './model/request.ts';
import type { Verdict } from './model/verdict.ts';
import { bundleAgent } from './place/bundle.ts';
import { makePlan } from './plan/plan.ts';
import { traceRules } from './trace-rules.ts';

/** Judging again and again while samples come must not disturb the machine that also measures: between two times it rests so much longer than it took. */
const REST_FACTOR = 4;

export async function diagnose(request: DiagnoseRequest): Promise<{ verdict: Verdict; recording: Recording }> {
  const { reportProgress, timeoutMs, lastingMs, idleMs, slowAfterMs, image, pull } = request;
  const startedAt = new Date();
  const run = randomBytes(4).toString('hex');
  using limits = limitsOf(timeoutMs, request.signal);
  const client = await openCluster(request, limits);
  try {
    reportProgress({ kind: 'stage', stage: 'discover', says: `reading ${client.server}` });
    const [cluster, bundle] = await Promise.all([readCluster(client, limits), bundleAgent()]);
    const namespace = request.namespace ?? client.namespace;
    const target = await withAddresses(
      resolveTarget(request.target, cluster, { namespace, from: request.from }),
      cluster,
    );

    const { hostVantages, inside } = request;
    const plan = makePlan(cluster, target, {
      run,
      deadlineMs: timeoutMs,
      lastingMs,
      idleMs,
      hostVantages,
      inside,
      experiments: experimentsAsked,
    });
    reportProgress({
      kind: 'stage',
      stage: 'plan',
      says: `${plan.paths.length} paths from ${plan.agents.length} vantages`,
    });
    const schedules = Object.values(plan.assignments).flatMap((assignment) => assignment.schedules);
    const planned = new Map(schedules.map(({ path, count }) => [path, count]));
    const facts = { run, startedAt, slowAfterMs, target, cluster, plan };

    const common = { client, image, pull, bundle, limits, reportProgress };
    const { recording, judgement } = await measure({ ...common, plan, run }, facts, {
      planned,
      isOver: lastingMs !== null ? isSure : idleMs === null ? isSettled : isSettledAfterIdling,
    });
    const paths = request.traceRules ? worthFollowing(judgement.evidence, judgement.claimed) : [];
    if (paths.length === 0) return { verdict: judgement.verdict, recording };
    const { traces: ruleTraces } = await traceRules({ ...common, recording, paths });
    const traced = { ...recording, ruleTraces, tookMs: Date.now() - startedAt.getTime() };
    return { verdict: judge(traced), recording: traced };
  } finally {
    await client.close();
  }
}

interface Goal {
  /** How often each path is tried, by its id. */
  readonly planned: ReadonlyMap<string, number>;
  readonly isOver: typeof mayStop;
}

const isSettled: Goal['isOver'] = (judgement, recording, planned) =>
  mayStop(judgement, recording, planned) || isCleanEnough(judgement, recording, planned);

const isSettledAfterIdling: Goal['isOver'] = (judgement, recording, planned) =>
  hasIdled(recording) && isSettled(judgement, recording, planned);

/** Until the goal is reached, all is measured, or time is up. */
async function measure(
  options: MeasureOptions,
  facts: RunFacts,
  { planned, isOver }: Goal,
): Promise<{ recording: Recording; judgement: Judgement }> {
  await using measurement = await startMeasuring(options);
  const client = options.client.withSignal(options.limits.hard);
  const departures = watchDepartures({ client, ...facts, now: Date.now });
  let [isWarm, judgedAt, notBefore] = [false, 0, 0];
  for await (const measured of measurement.updates()) {
    const began = Date.now();
    const recording = departures.toldWith(recordingOf(facts, measured, began));
    const ripeness = ripenessOf(recording, planned);
    if (ripeness === 0 && !isWarm && recording.samples.length >= facts.plan.paths.length) {
      // What is run for the first time takes several times as long: better now than when all wait for it.
      examine(recording);
      isWarm = true;
    }
    if (ripeness === 0 || (ripeness <= judgedAt && began < notBefore)) continue;
    const judgement = examine(recording);
    if (isOver(judgement, recording, planned)) return { recording, judgement };
    const ended = Date.now();
    [judgedAt, notBefore] = [ripeness, ended + REST_FACTOR * (ended - began)];
  }
  const finished = recordingOf(facts, await measurement.finish(), Date.now());
  const recording = await departures.settledWith(finished);
  options.reportProgress({ kind: 'stage', stage: 'judge', says: `${recording.samples.length} samples` });
  return { recording, judgement: examine(recording) };
}

/** `kprobe diagnose`, on one page: discover → plan → place → collect → judge. Rendering is the command's. */
import { randomBytes } from 'node:crypto';
import { withAddresses } from './discover/lookup.ts';
import { resolveTarget } from './discover/target.ts';
import { experimentsAsked } from './judge/diagnoses/index.ts';
import { isCleanEnough, isSure, isWorthJudging, mayStop } from './judge/engine/early-stop.ts';
import { examine, judge } from './judge/judge.ts';
import { limitsOf, openCluster, readCluster, recordingOf, startMeasuring } from './measure.ts';
import type { Recording } from './model/recording.ts';
import type { DiagnoseRequest } from './model/request.ts';
import type { Verdict } from './model/verdict.ts';
import { bundleAgent } from './place/bundle.ts';
import { makePlan } from './plan/plan.ts';

/** Judging again and again while samples come must not disturb the machine that also measures: between two times it rests so much longer than it took. */
const REST_FACTOR = 10;

export async function diagnose(request: DiagnoseRequest): Promise<{ verdict: Verdict; recording: Recording }> {
  const { reportProgress, timeoutMs, lastingMs, slowAfterMs, image, pull } = request;
  const startedAt = new Date();
  const run = randomBytes(4).toString('hex');
  using limits = limitsOf(timeoutMs, request.signal);
  const client = await openCluster(request, limits);
  try {
    reportProgress({ kind: 'stage', stage: 'discover', says: `reading ${client.server}` });
    const [cluster, bundle] = await Promise.all([readCluster(client, limits), bundleAgent()]);
    const from = request.from === null ? null : `${request.from.namespace}/${request.from.workload}`;
    const namespace = request.namespace ?? client.namespace;
    const target = await withAddresses(resolveTarget(request.target, cluster, { namespace, from }));

    const { hostVantages, inside } = request;
    const plan = makePlan(cluster, target, {
      run,
      deadlineMs: timeoutMs,
      lastingMs,
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

    await using measurement = await startMeasuring({ client, plan, run, image, pull, bundle, limits, reportProgress });
    let notBefore = 0;
    for await (const measured of measurement.updates()) {
      const began = Date.now();
      if (began < notBefore) continue;
      const recording = recordingOf(facts, measured, began);
      if (isWorthJudging(recording, planned)) {
        const judgement = examine(recording);
        const isOver =
          lastingMs === null
            ? mayStop(judgement, recording, planned) || isCleanEnough(judgement, recording, planned)
            : isSure(judgement, recording, planned);
        if (isOver) return { verdict: judgement.verdict, recording };
      }
      const ended = Date.now();
      notBefore = ended + REST_FACTOR * (ended - began);
    }
    const recording = recordingOf(facts, await measurement.finish(), Date.now());
    reportProgress({ kind: 'stage', stage: 'judge', says: `${recording.samples.length} samples` });
    return { verdict: judge(recording), recording };
  } finally {
    await client.close();
  }
}

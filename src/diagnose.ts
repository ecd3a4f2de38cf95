/** `kprobe diagnose`, on one page: discover → plan → place → collect → judge. Rendering is the command's. */
import { randomBytes } from 'node:crypto';
import packageJson from '../package.json' with { type: 'json' };
import { collect } from './collect/collect.ts';
import type { Collected } from './collect/collect.ts';
import { connect } from './discover/client.ts';
import { discover } from './discover/discover.ts';
import { withAddresses } from './discover/lookup.ts';
import { resolveTarget } from './discover/target.ts';
import { judge } from './judge/judge.ts';
import { isSettled } from './judge/settled.ts';
import type { Gap } from './model/cluster.ts';
import { RECORDING_SCHEMA } from './model/recording.ts';
import type { Recording } from './model/recording.ts';
import type { DiagnoseRequest } from './model/request.ts';
import type { Verdict } from './model/verdict.ts';
import { bundleAgent } from './place/bundle.ts';
import { DEFAULT_IMAGE } from './place/default-image.ts';
import { placeAgents } from './place/place.ts';
import { makePlan } from './plan/plan.ts';

/** How long the API may take to answer the first call. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Kept back from the run's time, to hear the agents out and to remove them. */
const FAREWELL_MS = 4000;
/** Judging again and again while samples come must not disturb the machine that also measures. */
const JUDGE_EVERY_MS = 500;

export async function diagnose(request: DiagnoseRequest): Promise<{ verdict: Verdict; recording: Recording }> {
  const { tell, signal: asked, timeoutMs, slowAfterMs } = request;
  const startedAt = new Date();
  const run = randomBytes(4).toString('hex');
  const over = AbortSignal.timeout(Math.max(timeoutMs - FAREWELL_MS, timeoutMs / 2));
  const signal = AbortSignal.any([asked, over]);
  const hard = AbortSignal.timeout(timeoutMs);

  const client = await connect({
    ...(request.kubeconfig === null ? {} : { kubeconfig: request.kubeconfig }),
    ...(request.context === null ? {} : { context: request.context }),
    timeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
    signal,
  });
  try {
    tell({ kind: 'stage', stage: 'discover', says: `reading ${client.server}` });
    const [cluster, bundle] = await Promise.all([discover(client, { signal }), bundleAgent()]);
    const from = request.from === null ? null : `${request.from.namespace}/${request.from.workload}`;
    const namespace = request.namespace ?? client.namespace;
    const target = await withAddresses(resolveTarget(request.target, cluster, { namespace, from }));

    const plan = makePlan(cluster, target, { run, deadlineMs: timeoutMs, hostVantages: request.hostVantages });
    tell({ kind: 'stage', stage: 'plan', says: `${plan.paths.length} paths from ${plan.agents.length} vantages` });

    const shots = Object.values(plan.assignments).flatMap((assignment) => assignment.shots);
    const planned = new Map(shots.map(({ path, count }) => [path, count]));

    const recordingOf = (parts: Collected, gaps: readonly Gap[], ended: Recording['ended']): Recording => ({
      schema: RECORDING_SCHEMA,
      kprobe: packageJson.version,
      run,
      startedAt: startedAt.toISOString(),
      tookMs: Date.now() - startedAt.getTime(),
      ended,
      slowAfterMs,
      target,
      cluster,
      plan: { agents: plan.agents, paths: plan.paths, gaps: plan.gaps },
      ...parts,
      gaps,
    });

    tell({ kind: 'stage', stage: 'place', says: `starting ${plan.agents.length - 1} probe pods` });
    const image = request.image ?? DEFAULT_IMAGE;
    await using placement = await placeAgents({
      client,
      plan,
      run,
      image,
      bundle,
      deadlineMs: timeoutMs,
      tell,
      signal: hard,
    });
    const collection = collect({ placement, plan, tell, now: Date.now, signal });

    tell({ kind: 'stage', stage: 'collect', says: 'measuring' });
    let judgedAt = 0;
    for await (const parts of collection.updates()) {
      if (Date.now() - judgedAt < JUDGE_EVERY_MS) continue;
      const recording = recordingOf(parts, collection.gaps(), 'settled');
      const verdict = judge(recording);
      if (isSettled(verdict, recording, planned)) return { verdict, recording };
      judgedAt = Date.now();
    }
    const ended = !signal.aborted ? 'complete' : asked.aborted ? 'interrupted' : 'timeout';
    const recording = recordingOf(await collection.finish(), collection.gaps(), ended);
    tell({ kind: 'stage', stage: 'judge', says: `${recording.samples.length} samples` });
    return { verdict: judge(recording), recording };
  } finally {
    await client.close();
  }
}

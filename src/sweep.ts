/** `kprobe sweep`, on one page: discover → plan → two looks at all targets as one → judge → report. Comparing and rendering are the command's. */
import { randomBytes } from 'node:crypto';
import packageJson from '../package.json' with { type: 'json' };
import type { ClusterClient } from './api/cluster-client.ts';
import { withAddresses } from './discover/lookup.ts';
import { resolveTarget } from './discover/target.ts';
import { limitsOf, type MeasureOptions, openCluster, readCluster, type Whereabouts } from './measure.ts';
import type { Cluster } from './model/cluster.ts';
import type { Recording } from './model/recording.ts';
import type { SweepReport, SweepRequest, SweepTarget } from './model/sweep.ts';
import type { Target } from './model/target.ts';
import { UserError } from './model/user-error.ts';
import { bundleAgent } from './place/bundle.ts';
import { makePlan } from './plan/plan.ts';
import { candidatesOf } from './sweep/candidates.ts';
import { lookTwice } from './sweep/look-twice.ts';
import { sweepReport } from './sweep/report.ts';
import { type Outcome, targetReport } from './sweep/target-report.ts';

export interface SweepOptions
  extends SweepRequest, Whereabouts, Pick<MeasureOptions, 'image' | 'pull' | 'reportProgress'> {
  /** Which of several sweeps of one cluster this is. */
  readonly series: string;
  readonly hostVantages: boolean;
  /** Aborted: stop measuring, and report what there is. */
  readonly signal: AbortSignal;
}

export interface Swept {
  /** Not yet compared with another one. */
  readonly report: SweepReport;
  /** Of all targets that were measured, by key. */
  readonly recordings: ReadonlyMap<string, Recording>;
}

/** Throws UserError where the cluster cannot be read at all; what is wrong with one target costs only that target. */
export async function sweep(options: SweepOptions): Promise<Swept> {
  const { reportProgress, timeoutMs, targets, budget, series, image, hostVantages } = options;
  const startedAt = new Date();
  const run = randomBytes(4).toString('hex');
  using limits = limitsOf(timeoutMs, options.signal);
  const client = await openCluster(options, limits);
  try {
    reportProgress({ kind: 'stage', stage: 'discover', says: `reading ${client.server}` });
    const [cluster, bundle] = await Promise.all([readCluster(client, limits), bundleAgent()]);
    // A cluster that was read in part would only seem to have no such target.
    const found = limits.measuring.aborted
      ? targets.map((asked) => ({ asked, target: null, problem: 'there was no time to look at it' }))
      : await Promise.all(targets.map((each) => resolve(each, cluster, client)));
    const candidates = candidatesOf(
      found.flatMap(({ asked, target }) => (target === null ? [] : [{ asked, target }])),
      (target) => makePlan(cluster, target, { run, deadlineMs: timeoutMs, hostVantages }),
    );
    const leftMs = () => startedAt.getTime() + timeoutMs - Date.now();
    const pull = options.pull === undefined ? {} : { pull: options.pull };
    const placing = { client, cluster, bundle, image, ...pull, limits, reportProgress };
    const looked = await lookTwice({ ...placing, candidates, budget, run, startedAt, leftMs });
    const outcomeOf = ({ asked, problem }: Found): Outcome =>
      looked.outcomes.get(asked.key) ?? { kind: 'unmeasured', because: problem ?? 'it was not looked at' };
    const reports = found.map((each) => targetReport(each.asked, outcomeOf(each)));
    reportProgress({ kind: 'stage', stage: 'judge', says: `${looked.attempts} attempts` });
    const report = sweepReport({
      cluster: { id: cluster.uid ?? client.server, name: client.context ?? client.server },
      series,
      targets: reports,
      notes: looked.notes,
      run: {
        id: run,
        startedAt: startedAt.toISOString(),
        tookMs: Date.now() - startedAt.getTime(),
        ended: options.signal.aborted ? 'interrupted' : limits.measuring.aborted ? 'timeout' : 'complete',
        kprobe: packageJson.version,
        pods: looked.pods,
        attempts: looked.attempts,
        probesPerSecondPerNode: budget.probesPerSecondPerNode,
      },
    });
    return { report, recordings: recordingsIn(looked.outcomes) };
  } finally {
    await client.close();
  }
}

interface Found {
  readonly asked: SweepTarget;
  readonly target: Target | null;
  readonly problem: string | null;
}

async function resolve(asked: SweepTarget, cluster: Cluster, client: ClusterClient): Promise<Found> {
  const { from } = asked;
  const namespace = asked.namespace ?? client.namespace;
  try {
    const target = await withAddresses(resolveTarget(asked.target, cluster, { namespace, from }), cluster);
    return { asked, target, problem: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { asked, target: null, problem: error.hint === null ? error.message : `${error.message}; ${error.hint}` };
  }
}

function recordingsIn(outcomes: ReadonlyMap<string, Outcome>): Map<string, Recording> {
  return new Map(
    [...outcomes].flatMap(([key, outcome]) => (outcome.kind === 'measured' ? [[key, outcome.recording]] : [])),
  );
}

/** The report of a sweep, before it is compared with the last one. Pure. */
import type { Limitation } from '../model/cluster.ts';
import { SWEEP_SCHEMA, type SweepReport, type TargetReport } from '../model/sweep.ts';

export type SweepFacts = Pick<SweepReport, 'cluster' | 'series' | 'run'> & {
  readonly targets: readonly TargetReport[];
  readonly notes: readonly Limitation[];
};

export function sweepReport({ cluster, series, run, targets, notes }: SweepFacts): SweepReport {
  return {
    schema: SWEEP_SCHEMA,
    cluster,
    series,
    status: statusOf(targets),
    summary: '',
    targets: [...targets],
    dropped: [],
    notes: [...notes],
    before: null,
    run,
  };
}

function statusOf(targets: readonly TargetReport[]): SweepReport['status'] {
  if (targets.some(({ state }) => state === 'faulty')) return 'faulty';
  return targets.every(({ state }) => state === 'healthy') ? 'healthy' : 'inconclusive';
}

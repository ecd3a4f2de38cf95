/** One measurement of many targets on one set of pods, cut into their recordings. */
import { type Measured, type MeasureOptions, podsOf, recordingOf, startMeasuring } from '../measure.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Plan } from '../model/plan.ts';
import type { Recording } from '../model/recording.ts';
import type { Merged, Share } from '../plan/merge.ts';
import type { Candidate } from './candidates.ts';
import { cutOut, indexed, type Indexed } from './cut.ts';

export interface RoundOptions extends Omit<MeasureOptions, 'plan'> {
  readonly startedAt: Date;
  readonly cluster: Cluster;
  readonly merged: Merged;
  /** One for each share of the merged plan. */
  readonly candidates: readonly Candidate[];
  /** Whether what there is now is enough; looked at twice a second, or more seldom where looking takes long. */
  readonly isEnough: (now: RoundResult) => boolean;
}

/** What a round has measured until some moment. */
export interface RoundResult {
  readonly index: Indexed;
  readonly pods: number;
  /** Attempts begun. */
  readonly attempts: number;
  /** The recording of one of the candidates, by its position. */
  recording(position: number): Recording;
}

/** Looking must not disturb the machine that also measures: half a second, and at most a fifth of the time. */
const LOOK_EVERY_MS = 500;
const LOOK_SHARE = 0.2;

export async function measureRound(options: RoundOptions): Promise<RoundResult> {
  const { merged, isEnough } = options;
  await using measurement = await startMeasuring({ ...options, plan: merged.plan });
  let nextLook = 0;
  for await (const measured of measurement.updates()) {
    const began = Date.now();
    if (began < nextLook) continue;
    const now = resultOf(options, measured);
    if (isEnough(now)) return now;
    nextLook = Date.now() + Math.max(LOOK_EVERY_MS, (Date.now() - began) / LOOK_SHARE);
  }
  return resultOf(options, await measurement.finish());
}

function resultOf(options: RoundOptions, measured: Measured): RoundResult {
  const { merged, candidates, run, startedAt, cluster } = options;
  const index = indexed(measured);
  const nowMs = Date.now();
  return {
    index,
    pods: podsOf(merged.plan),
    attempts: measured.parts.samples.length,
    recording(position) {
      const [candidate, share] = [candidates[position], merged.shares[position]];
      if (candidate === undefined || share === undefined) throw new Error(`the round has no target ${position}`);
      const { target, asked } = candidate;
      const facts = { run, startedAt, slowAfterMs: asked.slowAfterMs, target, cluster, plan: planOf(share) };
      return recordingOf(facts, cutOut(index, share), nowMs);
    },
  };
}

function planOf({ plan }: Share): Plan {
  return { ...plan, assignments: {} };
}

/** What the history of sweeps tells. `kprobe/history/v1` is a contract with scripts. */
import { z } from 'zod';
import { Change, SweepReport, TargetState } from './sweep.ts';

export const HISTORY_SCHEMA = 'kprobe/history/v1';

/** One sweep, in a line. */
export const PastSweep = z.strictObject({
  run: z.string(),
  series: SweepReport.shape.series,
  /** ISO 8601. */
  startedAt: z.string(),
  tookMs: z.number(),
  status: SweepReport.shape.status,
  summary: z.string(),
  /** How many targets were in which state. */
  targets: z.record(TargetState, z.number()),
  /** What was new, gone, worse or better. */
  changed: z.array(z.strictObject({ key: z.string(), change: Change })),
});
export type PastSweep = z.infer<typeof PastSweep>;

/** What one sweep found of one target. */
export const PastResult = z.strictObject({
  run: z.string(),
  startedAt: z.string(),
  state: TargetState,
  change: Change,
  /** The diagnosis of the first finding; null where there was none. */
  diagnosis: z.string().nullable(),
  /** null where the target was as healthy as before: then there is nothing to say. */
  says: z.string().nullable(),
  attempts: z.number(),
  /** null: nothing was answered, or nothing measured. */
  percentiles: z.strictObject({ p50Ms: z.number(), p90Ms: z.number(), p99Ms: z.number() }).nullable(),
  /** null: nothing was measured. */
  lostShare: z.number().nullable(),
  /** A recording is kept, which can be judged again. */
  hasRecording: z.boolean(),
});
export type PastResult = z.infer<typeof PastResult>;

const cluster = SweepReport.shape.cluster;

/** The last sweeps, newest first, by cluster. */
export const SweepHistory = z.strictObject({
  schema: z.literal(HISTORY_SCHEMA),
  file: z.string(),
  clusters: z.array(z.strictObject({ cluster, kept: z.number(), sweeps: z.array(PastSweep) })),
});
export type SweepHistory = z.infer<typeof SweepHistory>;

/** The last results of one target, newest first; once for each cluster that has a target of this key. */
export const TargetHistory = z.strictObject({
  schema: z.literal(HISTORY_SCHEMA),
  file: z.string(),
  target: z.string(),
  clusters: z.array(z.strictObject({ cluster, kept: z.number(), results: z.array(PastResult) })),
});
export type TargetHistory = z.infer<typeof TargetHistory>;

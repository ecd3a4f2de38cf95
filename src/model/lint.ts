/** What `kprobe lint` concludes from objects alone; `kprobe/lint/v1` is a contract with scripts. */
import { z } from 'zod';
import type { ContainerPort, ObjectName } from './cluster.ts';
import { Finding } from './verdict.ts';

export const LINT_SCHEMA = 'kprobe/lint/v1';

/** Lines and columns count from 1. */
export const Place = z.strictObject({ file: z.string(), line: z.number(), column: z.number() });
export type Place = z.infer<typeof Place>;

export const LintFinding = Finding.extend({
  /** Where the object was written; null for one that was read from a cluster. */
  place: Place.nullable(),
  /** The same as long as the mistake is: a baseline names it by this. */
  key: z.string(),
  /** A baseline accepts it: it is shown where it is asked for, and decides nothing. */
  accepted: z.boolean(),
});
export type LintFinding = z.infer<typeof LintFinding>;

export const LintReport = z.strictObject({
  schema: z.literal(LINT_SCHEMA),
  status: z.enum(['healthy', 'faulty', 'inconclusive']),
  /** One sentence. */
  summary: z.string(),
  findings: z.array(LintFinding),
  notChecked: z.array(z.strictObject({ what: z.string(), because: z.string() })),
  /** Objects that were looked at, by kind. */
  checked: z.array(z.strictObject({ kind: z.string(), objects: z.number() })),
  /** Keys of the baseline that nothing has any more. */
  gone: z.array(z.string()),
  run: z.strictObject({ startedAt: z.string(), tookMs: z.number(), kprobe: z.string() }),
});
export type LintReport = z.infer<typeof LintReport>;

/** A part of an object: the keys that lead to it. */
export type FieldPath = readonly (string | number)[];

/** What a workload makes its pods of, as far as lint asks. */
export interface PodTemplate extends ObjectName {
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hostNetwork: boolean;
  /** As many as are wanted; null where it does not say (DaemonSet). */
  readonly replicas: number | null;
  /** Whether its pods serve until they are told to stop: not those of a Job. */
  readonly isLasting: boolean;
  /** Whether new pods take over while the old ones still serve. */
  readonly rolls: boolean;
  /** How long its pods have between being told to stop and being killed. Seconds. */
  readonly graceSeconds: number;
  readonly containers: readonly {
    readonly name: string;
    readonly ports: readonly ContainerPort[];
    readonly hasPreStop: boolean;
  }[];
}

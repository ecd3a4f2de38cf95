/** What one scheduled sweep concludes: a verdict for each target, and what changed since the last one. `kprobe/sweep/v1` is a contract with scripts. */
import { z } from 'zod';
import { Limitation, ObjectName } from './cluster.ts';
import { Verdict } from './verdict.ts';

export const SWEEP_SCHEMA = 'kprobe/sweep/v1';

/** One target of a sweep file, checked. Durations are in milliseconds. */
export interface SweepTarget {
  /** What tells this target from all others, in history, metrics and reports: `namespace/target` or `target`, and ` from WORKLOAD`. */
  readonly key: string;
  /** As `kprobe diagnose` takes it. */
  readonly target: string;
  readonly namespace: string | null;
  readonly from: string | null;
  readonly slowAfterMs: number;
  readonly expect: readonly Expectation[];
}

/** What a user wants to hold: `p99 < 50ms`, `loss < 1%`, `reachable`, `unreachable`. `says` is as the user wrote it. */
export type Expectation =
  | { readonly kind: 'latency'; readonly percentile: number; readonly belowMs: number; readonly says: string }
  | { readonly kind: 'loss'; readonly belowShare: number; readonly says: string }
  | { readonly kind: 'reachable' | 'unreachable'; readonly says: string };

/** A sweep file, checked. */
export interface SweepRequest {
  readonly targets: readonly SweepTarget[];
  readonly budget: {
    /** Attempts that one node's vantages may begin in a second, all targets together. */
    readonly probesPerSecondPerNode: number;
    /** Probe pods in the cluster at one time. */
    readonly pods: number;
  };
  readonly timeoutMs: number;
}

const percentiles = z.strictObject({ p50Ms: z.number(), p90Ms: z.number(), p99Ms: z.number() });

/** Of the attempts that stand for the user. null percentiles: nothing was answered. */
export const Latency = z.strictObject({
  attempts: z.number(),
  percentiles: percentiles.nullable(),
  /** Attempts without an answer, with the 95 % Wilson interval of their share. */
  lost: z.strictObject({ share: z.number(), interval: z.tuple([z.number(), z.number()]) }),
});
export type Latency = z.infer<typeof Latency>;

/** Whether the target is reached at all, beside what NetworkPolicy says of it; for expectations of that kind. */
export const Reach = z.strictObject({
  /** Attempts that stand for the user, of the longer look where there were two. A gateway's error is no answer. */
  answered: z.number(),
  unanswered: z.number(),
  /** The kinds of vantages that asked: `twin` and `inside` have the identity of the client's pods, `control` has nobody's. */
  vantages: z.array(z.enum(['local', 'control', 'host', 'twin', 'inside'])),
  /** Ready endpoints behind the target, as far as the API knows: without any, nobody is kept out. */
  endpoints: z.number(),
  policy: z.strictObject({
    verdict: z.enum(['allow', 'deny', 'unknown']),
    /** The side that denies; null for allow and unknown. */
    direction: z.enum(['ingress', 'egress']).nullable(),
    /** deny: those that isolate and do not admit; allow: those that admit, none where none selects either end. */
    policies: z.array(ObjectName),
    because: z.string(),
    /** Whether anything in this cluster enforces what policies say. */
    enforced: z.enum(['yes', 'no', 'unknown']),
  }),
});
export type Reach = z.infer<typeof Reach>;

export const TargetState = z.enum(['healthy', 'faulty', 'inconclusive', 'unmeasured']);
export type TargetState = z.infer<typeof TargetState>;

/**
 * `new`: a fault that was not there; `gone`: a fault that is no more; `worse`/`better`: the same fault with clearly more or less
 * symptoms, or another one in its place; `same`: nothing to tell; `first`: nothing to compare with; `unknown`: one of both was not measured.
 */
export const Change = z.enum(['new', 'gone', 'worse', 'better', 'same', 'first', 'unknown']);
export type Change = z.infer<typeof Change>;

export const TargetReport = z.strictObject({
  key: z.string(),
  target: z.string(),
  namespace: z.string().nullable(),
  from: z.string().nullable(),
  /** The object that stands for the target (Ingress, HTTPRoute, Service, Pod), on which Events are told; null where there is none. */
  object: z
    .strictObject({ kind: z.string(), namespace: z.string(), name: z.string(), uid: z.string().optional() })
    .nullable(),
  /** That of the verdict; an expectation that is missed makes a healthy target faulty, and `unreachable` that is met a faulty one healthy. */
  state: TargetState,
  /** One sentence. */
  says: z.string(),
  /** null: the target could not be measured, and `says` tells why. */
  verdict: Verdict.nullable(),
  latency: Latency.nullable(),
  expectations: z.array(z.strictObject({ says: z.string(), met: z.boolean().nullable(), measured: z.string() })),
  /** Only for targets that are expected to be reachable or unreachable, and were measured. */
  reach: Reach.optional(),
  change: Change,
  /** One sentence of what is different; null where nothing is, or nothing is known. */
  changeSays: z.string().nullable(),
  /** ISO 8601: since when the present state lasts, as far as the history goes. */
  since: z.string().nullable(),
});
export type TargetReport = z.infer<typeof TargetReport>;

export const SweepReport = z.strictObject({
  schema: z.literal(SWEEP_SCHEMA),
  /** Two clusters are never compared. `id`: the uid of namespace kube-system, or where it may not be read the server's address. */
  cluster: z.strictObject({ id: z.string(), name: z.string() }),
  /** Which of several sweeps of one cluster: the file as it was named, or the targets of the command line. Each is compared with itself. */
  series: z.string(),
  /** faulty where a target is; else inconclusive where one is inconclusive or unmeasured; else healthy. */
  status: z.enum(['healthy', 'faulty', 'inconclusive']),
  /** One sentence. */
  summary: z.string(),
  /** In the order of the file. */
  targets: z.array(TargetReport),
  /** Targets of the last sweep that the file no longer names. */
  dropped: z.array(z.string()),
  /** What concerns the sweep as a whole: a history that could not be read, pods beyond the budget. */
  notes: z.array(Limitation),
  /** The sweep that this one is compared with. */
  before: z.strictObject({ id: z.string(), startedAt: z.string() }).nullable(),
  run: z.strictObject({
    id: z.string(),
    startedAt: z.string(),
    tookMs: z.number(),
    ended: z.string(),
    kprobe: z.string(),
    /** Probe pods made, attempts begun, and the most that one node's vantages were allowed to begin in a second. */
    pods: z.number(),
    attempts: z.number(),
    probesPerSecondPerNode: z.number(),
  }),
});
export type SweepReport = z.infer<typeof SweepReport>;

/** All that kprobe concludes. Renderers know nothing else; `kprobe/verdict/v1` is a contract with scripts. */
import { z } from 'zod';

export const VERDICT_SCHEMA = 'kprobe/verdict/v1';

export const Certainty = z.enum(['proven', 'likely', 'possible']);
export type Certainty = z.infer<typeof Certainty>;

export const DiagnosisClass = z.enum([
  'policy',
  'dns-fallback',
  'retransmit-drop',
  'cross-node-overlay',
  'service',
  'ingress',
  'application',
]);
export type DiagnosisClass = z.infer<typeof DiagnosisClass>;

/** Both ends of a packet. */
export const PacketEnds = z.strictObject({
  protocol: z.enum(['tcp', 'udp']),
  source: z.string(),
  sourcePort: z.number(),
  destination: z.string(),
  destinationPort: z.number(),
});

/** The way of one packet through the rules of a node (`--trace-rules`), to the one that stopped it. */
export const TracedWay = z.strictObject({
  node: z.string(),
  packet: PacketEnds.extend({
    /** It came from the far end of the path. */
    isAnswer: z.boolean(),
  }),
  /** `hook` and `priority` are those of chains that the kernel enters; others are jumped to. `chain` has family, table and name. */
  steps: z.array(
    z.strictObject({
      hook: z.string().nullable(),
      priority: z.number().nullable(),
      chain: z.string(),
      rule: z.string().nullable(),
      verdict: z.string(),
    }),
  ),
  end: z.enum(['dropped', 'rejected', 'queued', 'passed', 'unseen']),
  /** So many packets ended so, of all that were followed on this path, node and direction. */
  stopped: z.number(),
  of: z.number(),
  /** Who has made the last rule, and for which object. */
  owner: z.strictObject({
    program: z.string(),
    object: z.strictObject({ kind: z.string(), namespace: z.string().nullable(), name: z.string() }).nullable(),
  }),
});
export type TracedWay = z.infer<typeof TracedWay>;

export const Finding = z.strictObject({
  /** The id of the diagnosis: a noun phrase for the failing state. */
  diagnosis: z.string(),
  class: DiagnosisClass,
  certainty: Certainty,
  title: z.string(),
  /** The object at fault; null where no object is. Cluster-scoped objects have namespace null. */
  object: z.strictObject({ kind: z.string(), namespace: z.string().nullable(), name: z.string() }).nullable(),
  /** Nodes or workloads between which it happens; null where it is everywhere. */
  where: z.strictObject({ from: z.string(), to: z.string() }).nullable(),
  /** The timer behind the delay that users see. */
  timer: z.strictObject({ name: z.string(), ms: z.number() }).nullable(),
  /** Share of the slow and failed samples of the target that this explains, 0 to 1. */
  explains: z.number().min(0).max(1),
  /** `label` is a short word for what the line is about: You see, Why 5.0 s, Where, Who. `samples` index the recording. */
  evidence: z.array(
    z.strictObject({
      label: z.string(),
      says: z.string(),
      samples: z.array(z.number()),
      trace: TracedWay.optional(),
    }),
  ),
  fix: z
    .strictObject({
      says: z.string(),
      manifest: z.string().nullable(),
      /**
       * Of a fix of policies: whether the policies with it, evaluated again, allow all that was measured from the source under test, or
       * a part of it (`says` tells what is left), or whether that could not be evaluated. Absent: it changes no policy.
       */
      covers: z.enum(['all', 'part', 'unchecked']).optional(),
    })
    .nullable(),
  /** The test that would settle it; null when it is proven. */
  wouldSettle: z.string().nullable(),
});
export type Finding = z.infer<typeof Finding>;

export const PathSummary = z.strictObject({
  id: z.string(),
  from: z.strictObject({
    agent: z.string(),
    kind: z.string(),
    node: z.string().nullable(),
    identity: z.string(),
  }),
  to: z.strictObject({
    kind: z.string(),
    name: z.string(),
    address: z.string().nullable(),
    node: z.string().nullable(),
  }),
  locality: z.enum(['same-node', 'cross-node', 'external']),
  probe: z.string(),
  samples: z.number(),
  /** Modes of the time to the outcome, fastest first; shares are of all samples that ended. */
  modes: z.array(z.strictObject({ ms: z.number(), share: z.number() })),
  /** Attempts without an answer, with the 95 % Wilson interval of their share. */
  lost: z.strictObject({ share: z.number(), interval: z.tuple([z.number(), z.number()]) }),
  /** Peer addresses that the far end saw. */
  seenAs: z.array(z.string()),
});
export type PathSummary = z.infer<typeof PathSummary>;

/** What kprobe itself did on one node: so much of its own noise is in the figures. */
export const Prober = z.strictObject({
  /** null: the machine that kprobe was called on. */
  node: z.string().nullable(),
  agents: z.number(),
  attempts: z.number(),
  /** CPU time of its agents there, from their start to their last attempt; null where none told it. */
  cpuMs: z.number().nullable(),
  /** How much later than due attempts began. */
  late: z.strictObject({ p50Ms: z.number(), p99Ms: z.number() }),
});
export type Prober = z.infer<typeof Prober>;

export const Verdict = z.strictObject({
  schema: z.literal(VERDICT_SCHEMA),
  target: z.string(),
  status: z.enum(['healthy', 'faulty', 'inconclusive']),
  /** One sentence: what the user sees. */
  summary: z.string(),
  findings: z.array(Finding),
  ruledOut: z.array(z.strictObject({ suspect: z.string(), because: z.string() })),
  notMeasured: z.array(z.strictObject({ what: z.string(), because: z.string() })),
  paths: z.array(PathSummary),
  run: z.strictObject({
    id: z.string(),
    startedAt: z.string(),
    tookMs: z.number(),
    ended: z.string(),
    kprobe: z.string(),
    /** By node; absent from verdicts of kprobe 0.1.0. */
    probers: z.array(Prober).optional(),
  }),
});
export type Verdict = z.infer<typeof Verdict>;

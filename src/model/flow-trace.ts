/** What `kprobe trace` tells of one flow: `kprobe/trace/v1` is a contract with scripts. */
import { z } from 'zod';
import { ObjectName } from './cluster.ts';
import { PacketEnds } from './verdict.ts';

export const TRACE_SCHEMA = 'kprobe/trace/v1';

/** A rule, or the end of a chain, that packets came to. */
export const FlowStep = z.strictObject({
  /** Of chains that the kernel enters; null: it was jumped to. */
  hook: z.string().nullable(),
  priority: z.number().nullable(),
  family: z.string(),
  table: z.string(),
  chain: z.string(),
  /** As nft or iptables-save prints it; null: the chain's end or default. */
  rule: z.string().nullable(),
  handle: z.number().nullable(),
  verdict: z.string(),
  /** Of jump and goto: the chain. */
  target: z.string().nullable(),
  /** Who has made it; null: nobody whom kprobe knows, or the rule decides nothing. */
  program: z.string().nullable(),
  object: z.strictObject({ kind: z.string(), namespace: z.string().nullable(), name: z.string() }).nullable(),
});
export type FlowStep = z.infer<typeof FlowStep>;

/** The same way of some packets through the rules of one node. */
export const FlowWay = z.strictObject({
  node: z.string(),
  /** `answer`: from the far end. */
  direction: z.enum(['request', 'answer']),
  /** `outer`: the packet of the overlay that carries it between nodes. */
  layer: z.enum(['packet', 'outer']),
  packet: PacketEnds,
  steps: z.array(FlowStep),
  /** `passed`: all rules of the node; `unseen`: no rule stopped it, and it did not come through. */
  end: z.enum(['dropped', 'rejected', 'queued', 'passed', 'unseen']),
  /** The last of the kernel's hooks that it was seen in. */
  lastHook: z.string().nullable(),
  /** In words, where it did not pass. */
  says: z.string().nullable(),
  packets: z.number(),
});
export type FlowWay = z.infer<typeof FlowWay>;

export const FlowTrace = z.strictObject({
  schema: z.literal(TRACE_SCHEMA),
  /** `healthy`: answered, and no rule stopped a packet; `faulty`: a rule or the kernel did, or the far end refuses; `inconclusive`: not known. */
  status: z.enum(['healthy', 'faulty', 'inconclusive']),
  summary: z.string(),
  from: z.strictObject({
    node: z.string(),
    /** The pod whose identity the packets had; null: the node's own. */
    pod: ObjectName.nullable(),
  }),
  to: z.strictObject({ says: z.string(), address: z.string(), port: z.number(), protocol: z.enum(['tcp', 'udp']) }),
  /** Outcomes of the attempts that were followed, and how often each. */
  attempts: z.array(z.strictObject({ outcome: z.string(), count: z.number() })),
  ways: z.array(FlowWay),
  /** Rules that do not show in the trace (iptables-legacy, eBPF, an old nft) and that counted packets meanwhile, anybody's. */
  counted: z.array(z.strictObject({ node: z.string(), source: z.string(), rule: z.string(), packets: z.number() })),
  notMeasured: z.array(z.strictObject({ what: z.string(), because: z.string() })),
  run: z.strictObject({ kprobe: z.string(), startedAt: z.string(), tookMs: z.number() }),
});
export type FlowTrace = z.infer<typeof FlowTrace>;

/** Everything one run saw; enough to judge again offline. */
import { z } from 'zod';
import type { Arrival, Bye, HalfOpen, Hello, NodeFacts, Sample, TracerMessage, Trouble } from '../../probes/wire.ts';
import { Cluster, Limitation, ObjectName } from './cluster.ts';
import { Plan } from './plan.ts';
import { Target } from './target.ts';

export const RECORDING_SCHEMA = 'kprobe/recording/v2';

/** A message that has come through probes/wire.ts' own validation, with the agent that said it. */
export type Heard<M> = M & { readonly agent: string };

/** An agent that was gone before it was told to go: killed for its memory, evicted, deleted by somebody. */
export const LostAgent = z.object({ agent: z.string(), because: z.string() });
export type LostAgent = z.infer<typeof LostAgent>;

/** A pod of the target that was told to stop, or had gone, when the API was asked again because an endpoint failed. Times are Unix milliseconds. */
export const Departure = z.object({
  pod: ObjectName,
  /** When it was told to, by the API server's clock, in whole seconds; null: it had gone, and nobody said when. */
  toldAt: z.number().nullable(),
  /** When that was seen. */
  seenAt: z.number(),
  /** How long it may take, milliseconds; null: not known. */
  graceMs: z.number().nullable(),
});
export type Departure = z.infer<typeof Departure>;

/** A pod that was Ready when the cluster was read, and was not for some time since. Times are Unix milliseconds. */
export const Relapse = z.object({
  pod: ObjectName,
  /** Since when it is Ready again, by the clock of its node, in whole seconds; null: it was not when that was seen. */
  readyAt: z.number().nullable(),
  /** When that was seen. */
  seenAt: z.number(),
});
export type Relapse = z.infer<typeof Relapse>;

/** A pod of kprobe that had the identity of another, at addresses of its own. */
export const StandIn = z.object({ of: ObjectName, addresses: z.array(z.string()) });
export type StandIn = z.infer<typeof StandIn>;

export interface Recording {
  readonly schema: typeof RECORDING_SCHEMA;
  /** kprobe's own version. */
  readonly kprobe: string;
  readonly run: string;
  /** ISO 8601, on the controller's clock. */
  readonly startedAt: string;
  readonly tookMs: number;
  /** Why measuring stopped: everything was measured, the verdict was settled, time was up, or the user interrupted. */
  readonly ended: 'complete' | 'settled' | 'timeout' | 'interrupted';
  /** From this long on an answer counts as slow, in milliseconds (`--slow-after`). */
  readonly slowAfterMs: number;
  readonly target: Target;
  readonly cluster: Cluster;
  readonly plan: z.infer<typeof Plan>;
  readonly hellos: readonly Hello[];
  readonly samples: readonly Sample[];
  readonly arrivals: readonly Heard<Arrival>[];
  readonly halfOpen: readonly Heard<HalfOpen>[];
  readonly byes: readonly Heard<Bye>[];
  readonly troubles: readonly Heard<Trouble>[];
  /** What nodes said of themselves, before and after. Absent: nothing, or a recording of before it was asked. */
  readonly nodeFacts?: readonly Heard<NodeFacts>[] | undefined;
  /** Whatever did not reach one of these says nothing of the network. Absent: none. */
  readonly lostAgents?: readonly LostAgent[] | undefined;
  /** Pods of the target that were being stopped meanwhile. Absent: none, or nobody had a reason to look. */
  readonly departures?: readonly Departure[] | undefined;
  /** Pods of the target, and of the proxies in front of it, that lost their readiness meanwhile. Absent: none, or nobody had a reason to look. */
  readonly relapses?: readonly Relapse[] | undefined;
  /** What placing and collecting could not do: agents that never started, streams that broke. */
  readonly limitations: readonly Limitation[];
  /** What became of packets on the nodes, where that was asked for (`--trace-rules`) and something failed. Absent: it was not followed. */
  readonly ruleTraces?: RuleTraces | undefined;
}

/** A few of the plan's paths once more, each node's rules followed meanwhile. */
export interface RuleTraces {
  /** The name of the table that tagged the packets. */
  readonly table: string;
  /** Ids of the paths. */
  readonly paths: readonly string[];
  /** The nodes that were followed, by the id of the tracer. */
  readonly tracers: Readonly<Record<string, string>>;
  readonly heard: readonly Heard<TracerMessage>[];
  /** Their attempts while they were followed. */
  readonly samples: readonly Sample[];
  /** Those who sent and answered in somebody's place. Absent: a recording of before they were kept. */
  readonly standIns?: readonly StandIn[] | undefined;
  readonly limitations: readonly Limitation[];
}

/** The part of it that is not agents' messages. */
export const RuleTracesFrame = z.object({
  table: z.string(),
  paths: z.array(z.string()),
  tracers: z.record(z.string(), z.string()),
  standIns: z.array(StandIn).optional(),
  limitations: z.array(Limitation),
});

/** The part of a recording that is not agents' messages. */
export const RecordingFrame = z.object({
  schema: z.literal(RECORDING_SCHEMA),
  kprobe: z.string(),
  run: z.string(),
  startedAt: z.string(),
  tookMs: z.number(),
  ended: z.enum(['complete', 'settled', 'timeout', 'interrupted']),
  slowAfterMs: z.number(),
  target: Target,
  cluster: Cluster,
  plan: Plan,
  lostAgents: z.array(LostAgent).optional(),
  departures: z.array(Departure).optional(),
  relapses: z.array(Relapse).optional(),
  limitations: z.array(Limitation),
});

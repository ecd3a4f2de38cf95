/** What a run will do: which agents stand where with whose identity, and which paths they measure. */
import { z } from 'zod';
import { ContainerPort, Limitation, ObjectName, Pod } from './cluster.ts';
import { ExperimentIdShape } from './experiment.ts';
import type { Assignment, Probe } from '../../probes/wire.ts';

/** What a policy sees of a vantage or a destination. */
export const Identity = z.object({
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
  hostNetwork: z.boolean(),
});
export type Identity = z.infer<typeof Identity>;

/**
 * A vantage and its answering side. `control`: a pod in kprobe's own namespace that no policy selects; `host`: the same on the
 * host network; `twin`: a copy of the identity of the pod `of`; `inside`: a container in the pod `of` itself, which asks and does
 * not answer; `local`: where the CLI runs.
 */
export const Agent = z.object({
  id: z.string(),
  kind: z.enum(['local', 'control', 'host', 'twin', 'inside']),
  /** null for `local`. */
  node: z.string().nullable(),
  identity: Identity,
  /** The pod whose identity a twin copies, or that `inside` is in. */
  of: ObjectName.nullable(),
  /** It has the identity that the question is about: the ingress's, that of `--from`, or where there is neither a control's. */
  underTest: z.boolean(),
  /** Container ports that a twin declares as its original does: policies may call them by name. */
  ports: z.array(ContainerPort),
  /** How its resolv.conf is made, as that of its original or of the client on the host network that it stands for; absent where that is not known, and for the others. */
  dns: z.object({ policy: Pod.shape.dnsPolicy, config: Pod.shape.dnsConfig }).optional(),
  /** On the host network: it follows packets of the others through the node's rules, for which it has CAP_NET_ADMIN there. Absent: no. */
  traces: z.literal(true).optional(),
});
export type Agent = z.infer<typeof Agent>;

/** Policies see it as the pod `of`: what it meets, that pod meets. */
export function hasPodIdentity({ kind }: Pick<Agent, 'kind'>): boolean {
  return kind === 'twin' || kind === 'inside';
}

/** What stands at the far end of a path. */
export const Destination = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('entry'), address: z.string(), port: z.number(), node: z.string().nullable() }),
  z.object({
    kind: z.literal('service'),
    namespace: z.string(),
    name: z.string(),
    address: z.string(),
    port: z.number(),
  }),
  z.object({
    kind: z.literal('backend'),
    address: z.string(),
    port: z.number(),
    node: z.string().nullable(),
    pod: ObjectName.nullable(),
  }),
  /** An agent's answering side: a twin, a control or a host agent, distinguished by the agent's kind. */
  z.object({
    kind: z.literal('agent'),
    agent: z.string(),
    port: z.number().nullable(),
    node: z.string().nullable(),
    /** By its address of this family; absent: by its first. */
    family: z.enum(['IPv4', 'IPv6']).optional(),
  }),
  z.object({
    kind: z.literal('dns-server'),
    address: z.string(),
    port: z.number(),
    node: z.string().nullable(),
    pod: ObjectName.nullable(),
    /** Set where the address is a Service's. */
    service: ObjectName.nullable(),
  }),
  z.object({ kind: z.literal('resolver'), name: z.string() }),
  z.object({ kind: z.literal('external'), address: z.string(), port: z.number() }),
]);
export type Destination = z.infer<typeof Destination>;

/** From → to, by what way. `id` is stable: made of the ends and the probe, never of an order. */
export const Path = z.object({
  id: z.string(),
  from: z.string(),
  to: Destination,
  locality: z.enum(['same-node', 'cross-node', 'external']),
  /** It stands for what the user feels: only on such paths is a slow or failed attempt a symptom. */
  userFacing: z.boolean(),
  /** The experiments that it is an arm of. */
  experiments: z.array(ExperimentIdShape),
  probe: z.custom<Probe>((value) => typeof value === 'object' && value !== null && 'kind' in value),
});
export type Path = z.infer<typeof Path>;

/** A connection of it is kept idle and used again. */
export function isIdling({ probe }: Pick<Path, 'probe'>): boolean {
  return probe.kind === 'http' && probe.idleMs !== undefined;
}

/** Nothing should listen where it leads: that it is refused is well. */
export function isToClosedPort({ experiments }: Pick<Path, 'experiments'>): boolean {
  return experiments.length > 0 && experiments.every((id) => id === 'closed-ports');
}

export const Plan = z.object({
  agents: z.array(Agent),
  paths: z.array(Path),
  /** What was left out on purpose or by need: no twin possible, budget reached, no such node. */
  limitations: z.array(Limitation),
});

/** `assignments` are keyed by agent id; `local` is one of them. */
export type Plan = z.infer<typeof Plan> & { readonly assignments: Readonly<Record<string, Assignment>> };
export type { Assignment, Probe };

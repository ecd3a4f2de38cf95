/** What the user asked about, resolved against the cluster. */
import { z } from 'zod';
import { Hints, ObjectName, Upstream } from './cluster.ts';

/** One place that answers for a Service: an address and port from its EndpointSlices. */
export const Backend = z.object({
  address: z.string(),
  port: z.number(),
  ready: z.boolean(),
  node: z.string().nullable(),
  pod: ObjectName.nullable(),
  /** The EndpointSlice that lists it; null for a target that is a pod. */
  slice: z.string().nullable(),
  hints: Hints.optional(),
});
export type Backend = z.infer<typeof Backend>;

/** What answers for a Service in the other of its two address families. */
export const OtherFamily = z.object({ clusterIp: z.string().nullable(), backends: z.array(Backend) });

/** A Service with the one port that was asked about. */
export const ServiceTarget = z.object({
  namespace: z.string(),
  name: z.string(),
  /** null: headless. Of the Service's first family, as `backends` are. */
  clusterIp: z.string().nullable(),
  port: z.number(),
  protocol: z.enum(['TCP', 'UDP']),
  backends: z.array(Backend),
  /** Absent: it has one family. */
  other: OtherFamily.optional(),
});
export type ServiceTarget = z.infer<typeof ServiceTarget>;

/** One address of an ingress, on the node it stands on. */
export const Entry = z.object({
  address: z.string(),
  port: z.number(),
  node: z.string().nullable(),
  pod: ObjectName.nullable(),
});
export type Entry = z.infer<typeof Entry>;

export const Target = z.object({
  /** As the user wrote it. */
  input: z.string(),
  /** `nodes`: the node pairs themselves, as `kprobe matrix` measures them. */
  kind: z.enum(['ingress', 'service', 'pod', 'address', 'external', 'nodes']),
  scheme: z.enum(['http', 'https', 'tcp']),
  host: z.string().nullable(),
  /** Of a Service: the user wrote the host, as clients ask by it. Absent: kprobe made it of the Service's name. */
  isHostWritten: z.literal(true).optional(),
  path: z.string(),
  /** The Ingress, or route of another kind, that serves the host. */
  route: z.object({ kind: z.string(), namespace: z.string(), name: z.string() }).nullable(),
  className: z.string().nullable(),
  /** As the route has it: how its proxies speak to the endpoints; absent: plain HTTP. */
  upstream: Upstream.optional(),
  entries: z.array(Entry),
  /** Names that are published for its entries (a cloud's load balancer) and that this machine does not resolve, or has not yet; absent: none. */
  entryNames: z.array(z.object({ name: z.string(), port: z.number() })).optional(),
  /** Entries of another address family than the first of `entries`; absent: there are none. */
  otherEntries: z.array(Entry).optional(),
  /** null where the target has no Service behind it (`pod/…`, an external host), or the route names one that does not exist. */
  service: ServiceTarget.nullable(),
  /** Other Services that the rule of the route shares its requests with, by weight; absent: there are none. */
  shares: z.array(ServiceTarget).optional(),
  /** Where there is no Service: the pod, address or external host itself; the address of a host that this machine does not resolve is its name. */
  direct: z.array(Backend),
  /** The same host by its address of another family, where pods have one of that too. */
  otherDirect: z.array(Backend).optional(),
  /** The address lies in the range of ClusterIPs and no Service has it: true, or absent. */
  unownedClusterIp: z.literal(true).optional(),
  /** `--from`: the workload whose identity the question is about. */
  from: z.object({ namespace: z.string(), workload: z.string(), pods: z.array(ObjectName) }).nullable(),
});
export type Target = z.infer<typeof Target>;

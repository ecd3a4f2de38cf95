/** The ways to break the cluster of a scenario. */
import { z } from 'zod';

const node = z.string();

/** Destination of a fault: pods by namespace and labels. */
const pods = z.strictObject({
  namespace: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  port: z.number().optional(),
});

/** Of the pods that are meant, only the first by name, or only those of one node. */
const only = { replicas: z.number().int().min(1).optional(), on: node.optional() };

/** Packets between nodes: everywhere, at one node, or between two nodes. `from`/`to` alone make it one-way. */
const nodePairs = {
  node: node.optional(),
  between: z.tuple([node, node]).optional(),
  from: node.optional(),
  to: node.optional(),
};

/**
 * Each is made in the kernel with nftables, sysctls or signals, or it is a program of the lab that really does so;
 * nothing is simulated.
 */
export const Fault = z.discriminatedUnion('kind', [
  /** Drop a share (0..1) of the SYNs that arrive for these pods, at random, on the pods' nodes (or only on `on`). */
  z.strictObject({ kind: z.literal('drop-syn'), to: pods, share: z.number().min(0).max(1), on: node.optional() }),
  /** Drop the first `count` SYNs of every connection to these pods. */
  z.strictObject({ kind: z.literal('drop-first-syns'), to: pods, count: z.number().int().min(1) }),
  /** Drop everything to these pods (an address that is dead while the object lives). */
  z.strictObject({ kind: z.literal('blackhole'), to: pods, ...only }),
  /** Drop what these pods send to their own address, as it comes back from a Service (hairpin). */
  z.strictObject({ kind: z.literal('drop-hairpin'), to: pods }),
  /** Drop overlay packets between nodes. */
  z.strictObject({ kind: z.literal('drop-overlay'), ...nodePairs }),
  /** Drop packets between nodes that are longer than `largest` bytes of IP, an overlay's headers included, and tell nobody. */
  z.strictObject({ kind: z.literal('drop-large'), largest: z.number().int().min(68), ...nodePairs }),
  /** Drop what reaches this node from outside the cluster; with `port` only what goes to that TCP port. */
  z.strictObject({ kind: z.literal('drop-outside'), node, port: z.number().optional() }),
  /** The node's proxy does not know this Service: its address leads nowhere from there. */
  z.strictObject({
    kind: z.literal('forget-service'),
    node,
    service: z.strictObject({ namespace: z.string(), name: z.string() }),
  }),
  /** The node's policy agent has not heard of this NetworkPolicy, as one whose watch of the API has broken. */
  z.strictObject({
    kind: z.literal('forget-policy'),
    node,
    policy: z.strictObject({ namespace: z.string(), name: z.string() }),
  }),
  /** These DNS servers never answer questions of this type. */
  z.strictObject({ kind: z.literal('ignore-questions'), to: pods, type: z.literal('AAAA'), ...only }),
  /** These DNS servers have not heard of Services of these full names, as one that lost the API server. */
  z.strictObject({ kind: z.literal('forget-names'), to: pods, names: z.array(z.string()).min(1), ...only }),
  /** These ingress proxies have not loaded what Ingresses say of these hosts. */
  z.strictObject({ kind: z.literal('forget-hosts'), to: pods, hosts: z.array(z.string()).min(1), ...only }),
  /** Kill the main process of these pods for good, leaving the pod object Running and Ready as a wedged kubelet would. */
  z.strictObject({ kind: z.literal('kill-process'), to: pods, replicas: z.number().int().min(1).optional() }),
  /** Nobody on this node gets a CPU but for a moment every quarter of a second; its kernel, and so its network, is in time. */
  z.strictObject({ kind: z.literal('busy-node'), node }),
  /** Everybody on this node shares one CPU with this many busy processes, and comes after them. */
  z.strictObject({ kind: z.literal('starve-node'), node, processes: z.number().int().min(1) }),
  /** Busy processes on the machine while probing. */
  z.strictObject({ kind: z.literal('cpu-noise'), processes: z.number().int().min(1) }),
]);
export type Fault = z.infer<typeof Fault>;

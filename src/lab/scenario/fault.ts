/** The ways to break the cluster of a scenario. */
import { z } from 'zod';

const node = z.string();

/** Packets of one address family only; absent: of all that the cluster has. */
const family = z.enum(['IPv4', 'IPv6']).optional();

const address = z.union([z.ipv4(), z.ipv6()]);

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
  /**
   * Drop a share (0..1) of the SYNs that arrive for these pods, at random, on the pods' nodes (or only on `on`). With `bursts` only in the
   * first `lastsS` of every `everyS` seconds of the day; with `beyondPerSecond` only those that are more than so many a second, from all senders.
   */
  z.strictObject({
    kind: z.literal('drop-syn'),
    to: pods,
    share: z.number().min(0).max(1),
    on: node.optional(),
    family,
    bursts: z.strictObject({ lastsS: z.number().int().min(1), everyS: z.number().int().min(2).max(3600) }).optional(),
    beyondPerSecond: z.number().int().min(1).optional(),
  }),
  /** Drop the first `count` SYNs of every connection to these pods. */
  z.strictObject({ kind: z.literal('drop-first-syns'), to: pods, count: z.number().int().min(1) }),
  /** Drop a share (0..1) of the TCP segments with data that these pods are sent, or that they send, at random; connects are not touched. */
  z.strictObject({
    kind: z.literal('drop-segments'),
    to: pods,
    share: z.number().min(0).max(1),
    direction: z.enum(['requests', 'answers']),
  }),
  /**
   * Who sends to these pods over a connection that idled for so many seconds gets nothing through on it any more, and is told nothing: as with a
   * NAT or firewall that forgets idle connections.
   */
  z.strictObject({ kind: z.literal('forget-idle'), to: pods, afterS: z.number().int().min(1) }),
  /** Reject what is sent to these pods, by an ICMP message of their own kernel. */
  z.strictObject({ kind: z.literal('reject'), to: pods, by: z.enum(['port-unreachable', 'admin-prohibited']), family }),
  /** Drop a TLS ClientHello to these pods that needs more than one segment, as a device does that reads the first alone. */
  z.strictObject({ kind: z.literal('drop-large-hello'), to: pods }),
  /** Drop everything to these pods (an address that is dead while the object lives). */
  z.strictObject({
    kind: z.literal('blackhole'),
    to: pods,
    /** Only packets of this protocol; with a port of `to` only. */
    protocol: z.enum(['tcp', 'udp']).optional(),
    family,
    ...only,
  }),
  /** Drop a share (0..1) of what these pods answer by UDP from port 53, at random, on their nodes. */
  z.strictObject({ kind: z.literal('drop-answers'), to: pods, share: z.number().min(0).max(1), ...only }),
  /**
   * Of two questions that leave one socket for this Service, drop the second with this chance (0..1), on the asker's node: as a
   * node does that loses the race of both to enter one connection in its table.
   */
  z.strictObject({
    kind: z.literal('race-queries'),
    service: z.strictObject({ namespace: z.string(), name: z.string() }),
    share: z.number().min(0).max(1),
  }),
  /** Keep these pods' own node from them, kubelet and all, as a policy engine does that breaks the contract. */
  z.strictObject({ kind: z.literal('deny-own-node'), to: pods }),
  /** Drop what these pods send to their own address, as it comes back from a Service (hairpin). */
  z.strictObject({ kind: z.literal('drop-hairpin'), to: pods }),
  /** Drop overlay packets between nodes. */
  z.strictObject({ kind: z.literal('drop-overlay'), family, ...nodePairs }),
  /** Drop packets between nodes that are longer than `largest` bytes of IP, an overlay's headers included, and tell nobody. */
  z.strictObject({ kind: z.literal('drop-large'), largest: z.number().int().min(68), ...nodePairs }),
  /** Drop what reaches this node from outside the cluster; with `port` only what goes to that TCP port. */
  z.strictObject({ kind: z.literal('drop-outside'), node, port: z.number().optional(), family }),
  /**
   * Drop what pods send to this address and TCP port, on their nodes: as a balancer does that sends nothing back to where it came from; or on one node,
   * as where it does not give its address to what its pods send out, so that no answer finds the way back.
   */
  z.strictObject({ kind: z.literal('drop-inside'), address, port: z.number(), node: node.optional() }),
  /** The node's proxy does not know this Service: its address leads nowhere from there. */
  z.strictObject({
    kind: z.literal('forget-service'),
    node,
    service: z.strictObject({ namespace: z.string(), name: z.string() }),
  }),
  /** The node's proxy has stopped, and then these pods were replaced: the node goes on sending to addresses that nobody has any more. */
  z.strictObject({ kind: z.literal('stop-proxy'), node, to: pods }),
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
  /** These DNS servers answer for names under these domains so late, as those that wait for an upstream. `.` is all but the cluster's own. */
  z.strictObject({
    kind: z.literal('delay-names'),
    to: pods,
    domains: z.array(z.string()).min(1),
    ms: z.number().int().min(1),
    ...only,
  }),
  /** For these DNS servers every name under this domain exists, and has this address. */
  z.strictObject({ kind: z.literal('wildcard-domain'), to: pods, domain: z.string(), address, ...only }),
  /** These DNS servers answer for these full names by UDP that the answer is too long for it. */
  z.strictObject({ kind: z.literal('truncate-answers'), to: pods, names: z.array(z.string()).min(1), ...only }),
  /** These DNS servers still give these addresses for this full name. */
  z.strictObject({
    kind: z.literal('stale-addresses'),
    to: pods,
    name: z.string(),
    addresses: z.array(address).min(1),
    ...only,
  }),
  /** These ingress proxies have not loaded what Ingresses say of these hosts. */
  z.strictObject({ kind: z.literal('forget-hosts'), to: pods, hosts: z.array(z.string()).min(1), ...only }),
  /** These ingress proxies still dial this address as an endpoint of the Service, beside those that it has. */
  z.strictObject({
    kind: z.literal('keep-upstream'),
    to: pods,
    service: z.strictObject({ namespace: z.string(), name: z.string() }),
    address: z.string(),
    ...only,
  }),
  /**
   * These ingress proxies (nginx, HAProxy) present another certificate: for these names, signed by itself or by somebody whose own certificate they
   * do not send, and valid between two days from today.
   */
  z.strictObject({
    kind: z.literal('other-certificate'),
    to: pods,
    subject: z.string(),
    names: z.array(z.string()),
    days: z.tuple([z.number().int(), z.number().int()]),
    issuer: z.string().optional(),
    /** As from a public authority, which puts signed timestamps into it. */
    isLogged: z.boolean().optional(),
    ...only,
  }),
  /** Kill the main process of these pods for good, leaving the pod object Running and Ready as a wedged kubelet would. */
  z.strictObject({ kind: z.literal('kill-process'), to: pods, replicas: z.number().int().min(1).optional() }),
  /**
   * One of these pods after the other is deleted with its usual grace, the oldest first, every so many seconds, while another is ready; nodes go on
   * sending to it for `lateS` seconds, as those do that hear of it late.
   */
  z.strictObject({
    kind: z.literal('replace-pods'),
    to: pods,
    everyS: z.number().int().min(1),
    lateS: z.number().min(0),
  }),
  /** Nobody on this node gets a CPU but for a moment every quarter of a second; its kernel, and so its network, is in time. */
  z.strictObject({ kind: z.literal('busy-node'), node }),
  /** Everybody on this node shares one CPU with this many busy processes, and comes after them. */
  z.strictObject({ kind: z.literal('starve-node'), node, processes: z.number().int().min(1) }),
  /** The processes of each of these pods get so many milliseconds of CPU in every 100 ms, as with a limit of a hundredth as many CPUs. */
  z.strictObject({ kind: z.literal('throttle-cpu'), to: pods, ms: z.number().int().min(1).max(99), ...only }),
  /**
   * A rule of nobody we know: on this node, packets to this port of its pods are dropped or rejected, whoever sends them; or what its own pods send
   * to this port of whomever.
   */
  z.strictObject({
    kind: z.literal('node-firewall'),
    node,
    port: z.number(),
    /** Absent: TCP. */
    protocol: z.literal('udp').optional(),
    /** Absent: what comes in. */
    direction: z.literal('out').optional(),
    /** By an ICMP error, or by an RST. */
    verdict: z.enum(['drop', 'reject', 'reset']).default('drop'),
    /** Where the rule stands: with what is passed on (so where it is absent), or with all that arrives. */
    hook: z.enum(['forward', 'prerouting']).optional(),
  }),
  /** The node's own interface carries less than the others': what comes to it longer than this vanishes. Bytes. */
  z.strictObject({ kind: z.literal('node-mtu'), node, mtu: z.number().int().min(1280) }),
  /**
   * The node answers pods of other nodes by its own interface while their packets come by the overlay's, whose
   * rp_filter is 1 (strict: such packets are dropped) or 2 (loose: they are not).
   */
  z.strictObject({ kind: z.literal('other-way-back'), node, filter: z.union([z.literal(1), z.literal(2)]) }),
  /** Packets whose source a node has translated never reach other nodes' pods, as with a card that spoils the outer checksums of these in an overlay. */
  z.strictObject({ kind: z.literal('spoil-checksums') }),
  /** What pods of this node send to these pods leads nowhere, as by a route to where they were before. */
  z.strictObject({ kind: z.literal('stale-route'), node, to: pods, ...only }),
  /**
   * What comes to pods of this node is spread over so many ways by a hash of its addresses and ports, and one of them drops all it is given, as a
   * bundle of links with a dead member does.
   */
  z.strictObject({ kind: z.literal('dead-way'), node, ways: z.number().int().min(2) }),
  /** What this node's pods ask of other nodes' is translated to one of few source ports; connections beyond them lose their SYN. */
  z.strictObject({ kind: z.literal('few-nat-ports'), node, ports: z.number().int().min(1) }),
  /**
   * This node forwards no packet of the family any more, and tells nobody, as after a sysctl that sets `net.ipv4.ip_forward` or `net.ipv6.conf.all.forwarding`
   * to 0; with `interface`: none that comes in by this one.
   */
  z.strictObject({
    kind: z.literal('no-forwarding'),
    node,
    family: z.enum(['IPv4', 'IPv6']),
    interface: z.string().min(1).optional(),
  }),
  /** Packets between two pods of this node pass no connection tracking, as on a bridge without br_netfilter. */
  z.strictObject({ kind: z.literal('untracked-bridge'), node }),
  /** Busy processes on the machine while probing. */
  z.strictObject({ kind: z.literal('cpu-noise'), processes: z.number().int().min(1) }),
]);
export type Fault = z.infer<typeof Fault>;

/** The paths of a matrix: what a user's packet between two nodes meets, the sizes that pass, and DNS as each node sees it. */
import type { Cluster } from '../../model/cluster.ts';
import type { ExperimentId } from '../../model/experiment.ts';
import type { MatrixProtocol } from '../../model/matrix.ts';
import type { Agent, Destination, Probe } from '../../model/plan.ts';
import { dnsServersOf, plainQuery } from '../../experiments/dns-query.ts';
import { rotate } from '../../experiments/facts.ts';
import { weighted } from '../../experiments/path.ts';
import type { WeightedPath } from '../../experiments/path.ts';

/**
 * IP packets of these sizes are tried, in bytes: jumbo frames less an encapsulation, Ethernet, VXLAN over it, most tunnels in tunnels,
 * and the least that IPv6 asks of every link (RFC 8200, section 5).
 */
const PACKET_BYTES = [8900, 1500, 1450, 1400, 1280] as const;
/** IPv4 header without options, and UDP header (RFC 791, RFC 768); over IPv6 the packet is 20 bytes longer than planned. */
const HEADER_BYTES = 28;
/** A datagram has no timer: what is not back by then is lost. */
const DATAGRAM_LIMIT_MS = 2600;
/** What is split moves counters of the whole pod, so sizes take turns: a busy node is late by less than this. */
const APART_MS = 1000;
/** DNS replicas that one node asks by themselves; with more, nodes take turns, so that each is asked by equally many. */
const SERVERS_PER_NODE = 3;

export interface Settings {
  readonly protocol: MatrixProtocol;
  /** Bytes of the answer (TCP), or of both datagrams (UDP). */
  readonly sizeBytes: number;
  /** Attempts a node pair. */
  readonly attempts: number;
}

/** One direction between two agents of one network: the attempts that tell its latency and loss. */
export function nodePair(from: Agent, to: Agent, { protocol, sizeBytes, attempts }: Settings): WeightedPath {
  return { ...armOf('node-pairs', weighted('user', from, agentAt(to), probeOf(to, protocol, sizeBytes))), attempts };
}

function probeOf(to: Agent, protocol: MatrixProtocol, bytes: number): Probe {
  switch (protocol) {
    case 'tcp':
      return { kind: 'tcp', to: { agent: to.id, port: 'tcp' }, echo: true, bytes };
    case 'udp':
      return { kind: 'udp', to: { agent: to.id, port: 'udp' }, bytes };
    case 'http':
      return { kind: 'http', to: { agent: to.id, port: 'tcp' }, tls: false, host: to.id.replace('@', '.'), path: '/' };
    default:
      return protocol satisfies never;
  }
}

/** One datagram of each size, there and back. The kernel forbids others to split what it has not split itself (ip(7), IP_PMTUDISC_WANT). */
export function sizeTrials(from: Agent, to: Agent): WeightedPath[] {
  return PACKET_BYTES.map((packet, position) => {
    const probe = { kind: 'udp', to: { agent: to.id, port: 'udp' }, bytes: packet - HEADER_BYTES } as const;
    const path = armOf('packet-sizes', weighted('single', from, agentAt(to), probe));
    const id = `${from.id} > ${to.id} mtu ${packet}`;
    return { ...path, path: { ...path.path, id }, delayMs: position * APART_MS, limitMs: DATAGRAM_LIMIT_MS };
  });
}

/** DNS from one node, the `position`-th of its cluster: the Service in front, and some of the servers behind it. */
export function meshDnsPaths(
  cluster: Cluster,
  from: Agent,
  asking: { position: number; attempts: number },
): WeightedPath[] {
  const { position, attempts } = asking;
  const { fronts, replicas } = dnsServersOf(cluster);
  const chosen = replicas.length <= SERVERS_PER_NODE ? replicas : rotate(replicas, position * SERVERS_PER_NODE);
  return [...fronts, ...chosen.slice(0, SERVERS_PER_NODE)].map((to) => ({
    ...armOf('dns-servers', weighted('experiment', from, to, plainQuery(cluster, to))),
    attempts,
  }));
}

function agentAt(to: Agent): Destination {
  return { kind: 'agent', agent: to.id, port: null, node: to.node };
}

function armOf(experiment: ExperimentId, each: WeightedPath): WeightedPath {
  return { ...each, path: { ...each.path, experiments: [experiment] } };
}

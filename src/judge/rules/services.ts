/** Which Service a rule or a packet is about, and what the API says of it. */
import type { Cluster, ObjectName, Service } from '../../model/cluster.ts';
import { named } from '../../model/named.ts';
import { isUnread } from '../../model/unread.ts';
import { isSameAddress } from '../policy/address.ts';
import { endpointsOf } from '../../model/service-slices.ts';

export interface Asked {
  /** null: any address of a node. */
  readonly address: string | null;
  readonly port: number | null;
  readonly protocol: 'tcp' | 'udp';
}

/** The Service at an address, or behind a node's port; with another port where no Service there has this one. null: none is known. */
export function serviceAt(cluster: Cluster, asked: Asked): Service | null {
  const { address } = asked;
  if (address === null || isNode(cluster, address)) return behindNodePort(cluster, asked);
  const there = cluster.services.filter(({ clusterIps, externalAddresses }) =>
    [...clusterIps, ...externalAddresses].some((its) => isSameAddress(its, address)),
  );
  return there.find((service) => hasPort(service, asked)) ?? there[0] ?? null;
}

export function serviceNamed({ services }: Cluster, name: ObjectName): Service | null {
  return named(services, name);
}

export function hasPort({ ports }: Service, { port, protocol }: Pick<Asked, 'port' | 'protocol'>): boolean {
  return ports.some((each) => each.port === port && each.protocol.toLowerCase() === protocol);
}

/** How many endpoints are ready, on one node or anywhere; null: not known. */
export function readyEndpoints(cluster: Cluster, service: ObjectName, node: string | null = null): number | null {
  if (isUnread(cluster, 'endpointslices')) return null;
  return endpointsOf(cluster, service).filter(
    (each) => each.ready && !each.terminating && (node === null || each.node === node),
  ).length;
}

function behindNodePort({ services }: Cluster, { port, protocol }: Asked): Service | null {
  return (
    services.find(({ ports }) =>
      ports.some((each) => port !== null && each.nodePort === port && each.protocol.toLowerCase() === protocol),
    ) ?? null
  );
}

function isNode({ nodes }: Cluster, address: string): boolean {
  return nodes.some(({ addresses }) => addresses.some((its) => isSameAddress(its, address)));
}

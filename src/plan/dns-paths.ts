/** The paths to DNS: what each server does, and what an application feels. */
import type { Cluster, Pod } from '../model/cluster.ts';
import type { Agent, Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import type { Cast } from './cast.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { dnsPods } from './vantages.ts';

/** Exists in every cluster; an NXDOMAIN under another cluster domain is an answer as well. */
const DNS_PROBE_NAME = 'kubernetes.default.svc.cluster.local';
/** Relative on purpose: getaddrinfo then walks the search list, as an application's lookups do. */
const RESOLVER_PROBE_NAME = 'kubernetes.default.svc';

/** Each DNS server by itself, the Service in front of them, and getaddrinfo as an application feels it. */
export function dnsPaths(cluster: Cluster, target: Target, cast: Cast): WeightedPath[] {
  const service = cluster.services.find(
    (each) => each.namespace === cluster.dnsService?.namespace && each.name === cluster.dnsService.name,
  );
  if (service === undefined) return [];
  const name = { namespace: service.namespace, name: service.name };
  const front: DnsServer[] = service.clusterIps.map((address) => ({
    kind: 'dns-server' as const,
    address,
    port: 53,
    node: null,
    pod: null,
    service: name,
  }));
  const replicas = dnsPods(cluster).flatMap((pod) => dnsReplica(pod, dnsTargetPort(cluster, name)));
  const clients = [...cast.controls, ...cast.askers.filter((agent) => agent.kind === 'twin')];
  return clients.flatMap((from) => [
    ...[...replicas, ...front].flatMap((to) => dnsQueries(from, to)),
    weighted(
      from.asks && target.entries.length === 0 ? 'user' : 'experiment',
      from,
      { kind: 'resolver', name: RESOLVER_PROBE_NAME },
      { kind: 'resolver', name: RESOLVER_PROBE_NAME },
    ),
  ]);
}

function dnsReplica(pod: Pod, port: number): DnsServer[] {
  return pod.addresses.slice(0, 1).map((address) => ({
    kind: 'dns-server' as const,
    address,
    port,
    node: pod.node,
    pod: { namespace: pod.namespace, name: pod.name },
    service: null,
  }));
}

function dnsTargetPort(cluster: Cluster, name: { namespace: string; name: string }): number {
  const slice = cluster.endpointSlices.find((each) => each.namespace === name.namespace && each.service === name.name);
  return slice?.ports.find((port) => port.protocol === 'UDP')?.port ?? 53;
}

type DnsServer = Extract<Destination, { kind: 'dns-server' }>;

function dnsQueries(from: Agent, to: DnsServer): WeightedPath[] {
  const where = { address: to.address, port: to.port };
  const query = (transport: 'udp' | 'tcp', type: 'A' | 'AAAA' | 'A+AAAA') =>
    ({ kind: 'dns', to: where, transport, name: DNS_PROBE_NAME, type }) as const;
  return [
    weighted('experiment', from, to, query('udp', 'A')),
    weighted('single', from, to, query('tcp', 'A')),
    ...(to.service === null ? [] : [weighted('experiment', from, to, query('udp', 'A+AAAA'))]),
  ];
}

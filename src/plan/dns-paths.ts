/** The paths to DNS: what each server does, and what an application feels. */
import type { Cluster, Pod } from '../model/cluster.ts';
import { hasPodIdentity, type Agent, type Destination, type Probe } from '../model/plan.ts';
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
  const { fronts, replicas } = dnsServersOf(cluster);
  if (fronts.length + replicas.length === 0) return [];
  // What is on the host network resolves as its node does, which need not know names of the cluster.
  const isClient = (agent: Agent) => hasPodIdentity(agent) && !agent.identity.hostNetwork;
  const clients = [...cast.controls, ...cast.askers.filter(isClient)];
  return clients.flatMap((from) => [
    ...[...replicas, ...fronts].flatMap((to) => dnsQueries(from, to)),
    weighted(
      from.asks && target.entries.length === 0 ? 'user' : 'experiment',
      from,
      { kind: 'resolver', name: RESOLVER_PROBE_NAME },
      { kind: 'resolver', name: RESOLVER_PROBE_NAME },
    ),
  ]);
}

/** The DNS Service's own addresses, and the pods behind it; both empty where no DNS Service is known. */
export function dnsServersOf(cluster: Cluster): {
  readonly fronts: readonly DnsServer[];
  readonly replicas: readonly DnsServer[];
} {
  const service = cluster.services.find(
    (each) => each.namespace === cluster.dnsService?.namespace && each.name === cluster.dnsService.name,
  );
  if (service === undefined) return { fronts: [], replicas: [] };
  const name = { namespace: service.namespace, name: service.name };
  const fronts = service.clusterIps.map((address) => ({
    kind: 'dns-server' as const,
    address,
    port: 53,
    node: null,
    pod: null,
    service: name,
  }));
  return { fronts, replicas: dnsPods(cluster).flatMap((pod) => dnsReplica(pod, dnsTargetPort(cluster, name))) };
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

export type DnsServer = Extract<Destination, { kind: 'dns-server' }>;

/** One ordinary question to one server. */
export function plainQuery(to: DnsServer): Probe {
  return queryOf(to, 'udp', 'A');
}

function queryOf({ address, port }: DnsServer, transport: 'udp' | 'tcp', type: 'A' | 'AAAA' | 'A+AAAA'): Probe {
  return { kind: 'dns', to: { address, port }, transport, name: DNS_PROBE_NAME, type };
}

function dnsQueries(from: Agent, to: DnsServer): WeightedPath[] {
  const query = (transport: 'udp' | 'tcp', type: 'A' | 'AAAA' | 'A+AAAA') => queryOf(to, transport, type);
  return [
    weighted('experiment', from, to, plainQuery(to)),
    weighted('single', from, to, query('tcp', 'A')),
    ...(to.service === null ? [] : [weighted('experiment', from, to, query('udp', 'A+AAAA'))]),
  ];
}

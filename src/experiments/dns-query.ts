/** The cluster's DNS servers, who asks them, and one question to one of them. */
import type { Cluster, Pod } from '../model/cluster.ts';
import { hasPodIdentity } from '../model/plan.ts';
import type { Agent, Destination, Probe } from '../model/plan.ts';
import { dnsPods } from './facts.ts';
import { clusterProbeName, weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';
import { slicesOf } from '../model/service-slices.ts';

export type DnsServer = Extract<Destination, { kind: 'dns-server' }>;
type DnsProbe = Extract<Probe, { kind: 'dns' }>;
export type Question = Partial<Pick<DnsProbe, 'transport' | 'type' | 'name'>>;

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
  const [slice] = slicesOf(cluster, name);
  return slice?.ports.find((port) => port.protocol === 'UDP')?.port ?? 53;
}

/** Vantages that use the cluster's DNS. What is on the host network resolves as its node does, which need not know names of the cluster. */
export function resolvingVantages({ controls, sourcesUnderTest }: Vantages): Agent[] {
  return [...controls, ...sourcesUnderTest.filter(isPodClient)];
}

export function isPodClient(agent: Agent): boolean {
  return hasPodIdentity(agent) && !agent.identity.hostNetwork;
}

/** One question to one server: by UDP, for A of the name that every cluster has, unless told otherwise. */
export function query(cluster: Cluster, from: Agent, to: DnsServer, question: Question = {}): WeightedPath {
  return weighted('experiment', from, to, queryOf(cluster, to, question));
}

/** One ordinary question to one server. */
export function plainQuery(cluster: Cluster, to: DnsServer): Probe {
  return queryOf(cluster, to, {});
}

function queryOf(cluster: Cluster, { address, port }: DnsServer, question: Question): Probe {
  const name = clusterProbeName(cluster);
  return { kind: 'dns', to: { address, port }, transport: 'udp', name, type: 'A', ...question };
}

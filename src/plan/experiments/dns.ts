/** The paths to DNS: what each server does with each kind of question, and names as the client itself resolves them. */
import type { Cluster, Pod } from '../../model/cluster.ts';
import { hasPodIdentity, type Agent, type Destination, type Probe } from '../../model/plan.ts';
import type { Target } from '../../model/target.ts';
import type { Vantages } from '../cast.ts';
import { dnsPods, podNamed } from '../vantages.ts';
import { DNS_PROBE_NAME, weighted } from './path.ts';
import type { WeightedPath } from './path.ts';

/** Relative on purpose: getaddrinfo then walks the search list, as an application's lookups do. */
const RESOLVER_PROBE_NAME = 'kubernetes.default.svc';
/** Of a question that only tells servers or record types apart. */
const FEW_ATTEMPTS = 2;

/** Each DNS server by itself, the Service in front of them, and names as an application resolves them. */
export function dnsPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { fronts, replicas } = dnsServersOf(cluster);
  const named = serviceName(target);
  // What is on the host network resolves as its node does, which need not know names of the cluster.
  const clients = vantages.askers.filter((agent) => hasPodIdentity(agent) && !agent.identity.hostNetwork);
  const known = [...replicas, ...fronts];
  const all = known.length === 0 ? [] : [...vantages.controls, ...clients];
  return [
    ...all.flatMap((from) => known.flatMap((to) => serverPaths(from, to))),
    ...(known.length === 0 || named === null
      ? []
      : vantages.controls.slice(0, 1).flatMap((from) => replicas.map((to) => namePath(from, to, named)))),
    ...all.map((from) =>
      resolverPath(from, from.asks && target.entries.length === 0, target.from === null ? null : named),
    ),
    ...clients.flatMap((from) => ownServers(cluster, from, known).flatMap((to) => clientPaths(from, to))),
  ];
}

/** The absolute name of the asked Service. */
function serviceName({ service }: Target): string | null {
  return service === null ? null : `${service.name}.${service.namespace}.svc.cluster.local`;
}

function serverPaths(from: Agent, to: DnsServer): WeightedPath[] {
  const asked = { from, to, weight: 'experiment' } as const;
  return [
    weighted({ ...asked, experiment: 'dns-servers', probe: plainQuery(to) }),
    weighted({
      ...asked,
      experiment: 'dns-transports',
      weight: 'single',
      probe: queryOf(to, { transport: 'tcp', type: 'A' }),
    }),
    {
      ...weighted({ ...asked, experiment: 'record-types', probe: queryOf(to, { transport: 'udp', type: 'AAAA' }) }),
      attempts: FEW_ATTEMPTS,
    },
    ...(to.service === null
      ? []
      : [weighted({ ...asked, experiment: 'record-types', probe: queryOf(to, { transport: 'udp', type: 'A+AAAA' }) })]),
  ];
}

/** Does this server know the very Service that is asked for? What it knows does not depend on who asks: one vantage is enough. */
function namePath(from: Agent, to: DnsServer, name: string): WeightedPath {
  const probe = queryOf(to, { transport: 'udp', type: 'A', name });
  return { ...weighted({ experiment: 'dns-servers', weight: 'experiment', from, to, probe }), attempts: FEW_ATTEMPTS };
}

/** getaddrinfo: of the asked Service where the client's view is asked for, by the name that its applications would use. */
function resolverPath(from: Agent, isUsers: boolean, named: string | null): WeightedPath {
  const name = isUsers && named !== null ? named.replace(/\.cluster\.local$/, '') : RESOLVER_PROBE_NAME;
  return weighted({
    experiment: 'client-resolution',
    weight: isUsers ? 'user' : 'experiment',
    from,
    to: { kind: 'resolver', name },
    probe: { kind: 'resolver', name },
  });
}

/** Nameservers that the client's own resolv.conf has besides those of the cluster: spec.dnsConfig of its pod. */
function ownServers(cluster: Cluster, from: Agent, known: readonly DnsServer[]): DnsServer[] {
  const addresses = podNamed(cluster, from.of)?.dnsConfig?.nameservers ?? [];
  const isKnown = (address: string) => known.some((each) => each.address === address);
  return addresses
    .filter((address) => !isKnown(address))
    .map((address) => ({ kind: 'dns-server', address, port: 53, node: null, pod: null, service: null }));
}

function clientPaths(from: Agent, to: DnsServer): WeightedPath[] {
  return [weighted({ experiment: 'client-resolution', weight: 'experiment', from, to, probe: plainQuery(to) })];
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
  return queryOf(to, { transport: 'udp', type: 'A' });
}

interface Query {
  readonly transport: 'udp' | 'tcp';
  readonly type: 'A' | 'AAAA' | 'A+AAAA';
  readonly name?: string;
}

function queryOf({ address, port }: DnsServer, { transport, type, name = DNS_PROBE_NAME }: Query): Probe {
  return { kind: 'dns', to: { address, port }, transport, name, type };
}

/** The name as the client resolves it, by getaddrinfo, and each nameserver of its own resolv.conf. */
import type { Cluster, Limitation } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import { resolverOf } from '../model/resolver.ts';
import type { Target } from '../model/target.ts';
import { dnsServersOf, isPodClient, query, resolvingVantages } from './dns-query.ts';
import type { DnsServer } from './dns-query.ts';
import { nameOfTarget, podNamed } from './facts.ts';
import { clusterProbeName, weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** Relative on purpose: getaddrinfo then walks the search list, as an application's lookups do. */
const RESOLVER_PROBE_NAME = 'kubernetes.default.svc';
const DNS_PORT = 53;

export function clientResolutionPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { fronts, replicas } = dnsServersOf(cluster);
  const isDns = fronts.length + replicas.length > 0;
  const vague = isDns ? resolvingVantages(vantages) : [];
  const clients = lookingUp(cluster, target, vantages);
  return [
    ...clients.map((from) => lookup(from, nameOfTarget(cluster, target)?.written ?? RESOLVER_PROBE_NAME, true)),
    // A name that nobody has to resolve is looked up all the same: it stands for the DNS of the cluster.
    ...vague
      .filter((from) => !clients.includes(from))
      .map((from) => lookup(from, RESOLVER_PROBE_NAME, from.underTest && isAskedByName(cluster, target))),
    ...clientsOf(target, vantages).flatMap((from) => ownServerPaths(cluster, target, from)),
  ];
}

function lookup(from: Agent, name: string, userFacing: boolean): WeightedPath {
  return weighted(userFacing ? 'user' : 'experiment', from, { kind: 'resolver', name }, { kind: 'resolver', name });
}

/** Who was named as a client and resolves as it does; a twin on the host network does not exist, but a host vantage has the client's settings. */
function lookingUp(cluster: Cluster, target: Target, { sourcesUnderTest }: Vantages): Agent[] {
  if (target.from === null || nameOfTarget(cluster, target) === null) return [];
  return sourcesUnderTest.filter((agent) => isPodClient(agent) || agent.kind === 'inside' || resolvesAsClient(agent));
}

/** On the host network, with the dnsPolicy and dnsConfig of the client. */
function resolvesAsClient({ kind, dns }: Agent): boolean {
  return kind === 'host' && dns !== undefined;
}

/** By a user of its own, that is: an ingress does not resolve the host that its users ask for. */
function isAskedByName(cluster: Cluster, target: Target): boolean {
  return target.entries.length === 0 && nameOfTarget(cluster, target) !== null;
}

/** Pods that were named as clients, or what stands for them. */
function clientsOf(target: Target, { sourcesUnderTest }: Vantages): Agent[] {
  return target.from === null ? [] : sourcesUnderTest.filter(isPodClient);
}

function ownServerPaths(cluster: Cluster, target: Target, from: Agent): WeightedPath[] {
  const pod = podNamed(cluster, from.of);
  if (pod === null) return [];
  const name = nameOfTarget(cluster, target)?.full ?? clusterProbeName(cluster);
  return resolverOf(cluster, pod)
    .nameservers.map((address) => serverAt(cluster, address))
    .flatMap((to) => [query(cluster, from, to, { name }), query(cluster, from, to, { name, type: 'A+AAAA' })]);
}

/** As the cluster knows it where it does, so that the same server is the same destination everywhere. */
function serverAt(cluster: Cluster, address: string): DnsServer {
  const { fronts, replicas } = dnsServersOf(cluster);
  const known = [...fronts, ...replicas].find((each) => each.address === address && each.port === DNS_PORT);
  if (known !== undefined) return known;
  const service = cluster.services.find(({ clusterIps }) => clusterIps.includes(address));
  const pod = cluster.pods.find((each) => !each.hostNetwork && each.addresses.includes(address));
  return {
    kind: 'dns-server',
    address,
    port: DNS_PORT,
    node: pod?.node ?? cluster.nodes.find(({ addresses }) => addresses.includes(address))?.name ?? null,
    pod: pod === undefined ? null : { namespace: pod.namespace, name: pod.name },
    service: service === undefined ? null : { namespace: service.namespace, name: service.name },
  };
}

/** What a client takes from its node is not in the API, nor always how a client on the host network resolves. */
export function resolutionLimits(cluster: Cluster, target: Target, { sourcesUnderTest }: Vantages): Limitation[] {
  if (target.from === null || nameOfTarget(cluster, target) === null) return [];
  const client = `${target.from.namespace}/${target.from.workload}`;
  return sourcesUnderTest.flatMap((agent): Limitation[] => {
    const subject = { kind: 'agent' as const, agent: agent.id };
    if (agent.kind === 'host' && !resolvesAsClient(agent)) {
      const because = 'a pod on the host network resolves by settings of its own; --inside measures it';
      return [{ what: `names as ${client} resolves them on ${agent.node}`, because, subject }];
    }
    const pod = podNamed(cluster, agent.of);
    if (pod === null || resolverOf(cluster, pod).base !== 'node') return [];
    const because = 'they are those of its node, which the API does not tell';
    return [{ what: `each nameserver of ${client} on ${agent.node} by itself`, because, subject }];
  });
}

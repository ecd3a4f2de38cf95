import { list } from '../../model/format.ts';
import type { Cluster, ObjectName, Pod } from '../../model/cluster.ts';
import { domainOf } from '../../model/resolver.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { hellosOf } from '../evidence/delay.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { line } from '../words/words.ts';

/** A client whose resolv.conf leaves out what names of the cluster need. */
interface Client {
  /** null: the pod that it stands for is not known. */
  readonly pod: Pod | null;
  readonly lookup: PathEvidence;
  readonly servers: readonly string[];
  readonly search: readonly string[];
  /** The cluster's own nameservers, as pods of the cluster have them. */
  readonly known: readonly string[];
  readonly lacks: 'servers' | 'search';
}

export default defineDiagnosis({
  id: 'foreign-resolver',
  class: 'dns-fallback',
  layer: 'dns',
  title: "The client's resolv.conf is not the cluster's, and names of the cluster do not resolve there",
  why: 'A pod on the host network with dnsPolicy ClusterFirst, which is the default, has the resolv.conf of its node, and so has one with Default; None has what dnsConfig says. Those nameservers do not know names of the cluster, or no search domain completes them: each lookup fails, at once or after the resolver gave up, while every other pod resolves the same name.',
  test: "getaddrinfo of the name with the client's own dnsPolicy and dnsConfig on its node, beside getaddrinfo of a pod with the cluster's settings on the same node; and both resolv.conf, as they were read.",
  remedy:
    'dnsPolicy ClusterFirstWithHostNet for pods on the host network, ClusterFirst for others; or put the address of the DNS Service and the search domains of the cluster into dnsConfig.',
  limits:
    'A client that asks by address, or by the whole name where only the search domains are missing, is not harmed. A node-local resolver that forwards names of the cluster works, and is silent.',
  experiments: ['client-resolution', 'dns-servers'],
  suspects: clientsOf,
  arm: ({ lookup }) => ({ paths: [lookup], fails: isBroken(lookup) }),
  contrasts: ({ lookup }, evidence) => {
    const beside = clusterLookups(evidence).filter(({ from }) => from.node === lookup.from.node);
    const working = beside.filter(isWorking);
    return [
      {
        label: 'Beside it',
        holds: working.length > 0 ? true : beside.length > 0 ? false : null,
        says: `a pod with the cluster's resolv.conf on ${lookup.from.node} resolves names of the cluster`,
        attempts: working.flatMap(({ answered }) => answered).slice(0, 10),
        settles: `Look the name up from a pod with dnsPolicy ClusterFirst on ${lookup.from.node}.`,
      },
    ];
  },
  blame: (client, evidence) => {
    const { pod, lookup, servers, search, known, lacks } = client;
    const from = evidence.target.from;
    const name = from === null ? 'the client' : `${from.namespace}/${from.workload}`;
    const asked = lookup.path.to.kind === 'resolver' ? lookup.path.to.name : '';
    const domain = domainOf(evidence.cluster);
    return {
      title:
        lacks === 'servers'
          ? `${name} does not resolve ${asked}: it asks ${list([...servers])}, not the cluster's DNS`
          : `${name} does not resolve ${asked}: its search domains lack ${domain}`,
      object: pod === null ? null : { kind: 'Pod', namespace: pod.namespace, name: pod.name },
      where: { from: lookup.from.node ?? 'the client', to: asked },
      lines: [
        line(
          'resolv.conf',
          `nameserver ${list([...servers])}, ${search.length === 0 ? 'no search domain' : `search ${list([...search])}`}; pods with the cluster's have nameserver ${list([...known])} and search svc.${domain}`,
        ),
        ...(pod === null ? [] : [line('Why', reasonOf(pod))]),
      ],
      fix: { says: fixFor(client, evidence.cluster), manifest: null },
    };
  },
});

/** Only names that every pod of the cluster can resolve: others are for wildcard-search-domain and unreachable-dns. */
function clientsOf(evidence: Evidence): Client[] {
  const { cluster, target } = evidence;
  const domain = domainOf(cluster);
  if (target.from === null) return [];
  const known = clusterServers(evidence);
  return evidence.paths.flatMap((path): Client[] => {
    const { to } = path.path;
    const resolver = hellosOf(evidence).get(path.from.id)?.resolver;
    const isOwn = path.from.underTest && path.from.kind !== 'control' && path.state !== 'unmeasured';
    if (to.kind !== 'resolver' || !to.name.endsWith('.svc') || !isOwn || resolver === undefined) return [];
    const { servers, search } = resolver;
    const isServed = servers.some((address) => known.includes(address));
    if (known.length === 0 || (isServed && search.includes(domain))) return [];
    const pod = podNamed(cluster, path.from.of) ?? podOnNode(cluster, target, path.from.node);
    return [{ pod, lookup: path, servers, search, known, lacks: isServed ? 'search' : 'servers' }];
  });
}

/** Those of the DNS Service, and what the kubelet gives to pods instead (a node-local cache). */
function clusterServers(evidence: Evidence): string[] {
  const { cluster, agents } = evidence;
  const service = cluster.services.find(
    ({ namespace, name }) => namespace === cluster.dnsService?.namespace && name === cluster.dnsService.name,
  );
  const given = [...agents.values()]
    .filter(({ kind }) => kind === 'control')
    .flatMap(({ id }) => hellosOf(evidence).get(id)?.resolver.servers ?? []);
  return [...new Set([...(service?.clusterIps ?? []), ...given])];
}

/** getaddrinfo of pods that have the cluster's settings. */
function clusterLookups({ paths }: Evidence): PathEvidence[] {
  return paths.filter(
    ({ path: { to }, from, state }) => to.kind === 'resolver' && from.kind === 'control' && state !== 'unmeasured',
  );
}

function podNamed({ pods }: Cluster, name: ObjectName | null): Pod | null {
  return pods.find((pod) => pod.namespace === name?.namespace && pod.name === name.name) ?? null;
}

/** A vantage on the host network copies no pod by name. */
function podOnNode(cluster: Cluster, { from }: Evidence['target'], node: string | null): Pod | null {
  const pods = (from?.pods ?? []).map((name) => podNamed(cluster, name));
  return pods.find((pod) => pod?.hostNetwork === true && pod.node === node) ?? null;
}

function reasonOf({ hostNetwork, dnsPolicy = 'ClusterFirst' }: Pod): string {
  if (dnsPolicy === 'None') return 'dnsPolicy None: nothing but dnsConfig';
  return hostNetwork && dnsPolicy === 'ClusterFirst'
    ? 'on the host network dnsPolicy ClusterFirst, the default, is what Default is: the resolv.conf of the node'
    : `dnsPolicy ${dnsPolicy}: the resolv.conf of the node`;
}

function fixFor({ pod, known }: Client, cluster: Cluster): string {
  const domain = domainOf(cluster);
  const namespace = pod?.namespace ?? 'NAMESPACE';
  if (pod?.dnsPolicy === 'None')
    return `In spec.dnsConfig of the client: nameservers [${known.join(', ')}], searches [${namespace}.svc.${domain}, svc.${domain}, ${domain}] and the option ndots:5; or take dnsPolicy None away.`;
  return pod?.hostNetwork === true
    ? 'Set dnsPolicy: ClusterFirstWithHostNet in the pod template of the client.'
    : 'Set dnsPolicy: ClusterFirst in the pod template of the client; where it needs other nameservers as well, add them in dnsConfig.';
}

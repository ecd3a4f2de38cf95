import { list } from '../../model/format.ts';
import type { Cluster, NetworkPolicy, Service } from '../../model/cluster.ts';
import { allowDns } from '../../judge/policy/dns-fix.ts';
import { typesOf } from '../../judge/policy/policy-answer.ts';
import { holdsPort, type Peer, selectsLabels, selectsNamespace } from '../../judge/policy/select.ts';
import type { Party } from '../../judge/policy/party.ts';
import { groupsBehind } from '../flows.ts';
import { type Group, type Material, policyRef } from '../material.ts';
import { type PolicyRule, rulesIn } from '../policy-parts.ts';
import type { Remark, Rule } from '../rule.ts';
import { groupsOfPeer, isolatedBy } from '../selection.ts';

export default {
  name: 'forgotten-dns',
  ids: ['policy-denies-dns', 'policy-denies-tcp-dns'],
  class: 'policy',
  title: 'Egress policies let pods out, and not to DNS',
  why: 'A pod that any policy isolates for egress reaches only what some policy allows; without DNS every name takes ten seconds and fails. With UDP alone, answers that do not fit into a datagram are asked for again over TCP, and are lost.',
  looks:
    'All egress rules of the policies that select a pod, together: whether one leads to the DNS pods on their port, over UDP and over TCP.',
  remedy: 'Allow egress to the DNS pods on their container port, UDP and TCP.',
  limits:
    'Silent for pods that may go nowhere at all, or only to single address ranges: they may need no names. From files alone, any rule that could lead to DNS counts as one that does.',
  *check(material) {
    const told = new Set<string>();
    for (const { policies, groups } of isolations(material)) {
      const remark = remarkOn(material, policies, groups);
      if (remark === null || told.has(`${remark.diagnosis} ${remark.object.namespace}/${remark.object.name}`)) continue;
      told.add(`${remark.diagnosis} ${remark.object.namespace}/${remark.object.name}`);
      yield remark;
    }
  },
} satisfies Rule;

interface Isolation {
  /** All that isolate these groups for egress. */
  readonly policies: readonly NetworkPolicy[];
  readonly groups: readonly Group[];
}

/** Groups of one set of egress policies are asked about once. */
function isolations(material: Material): Isolation[] {
  const { cluster } = material;
  const policiesOf = new Map<Group, number[]>();
  cluster.networkPolicies.forEach((policy, index) => {
    if (!typesOf(policy).includes('egress')) return;
    for (const group of isolatedBy(material, policy)) policiesOf.set(group, [...(policiesOf.get(group) ?? []), index]);
  });
  const sets = Map.groupBy(policiesOf, ([, indexes]) => indexes.join(','));
  return [...sets.values()].map((members) => ({
    groups: members.map(([group]) => group),
    policies: (members[0]?.[1] ?? []).flatMap((index) => cluster.networkPolicies[index] ?? []),
  }));
}

function remarkOn(material: Material, policies: readonly NetworkPolicy[], groups: readonly Group[]): Remark | null {
  const rules = policies.flatMap((policy) =>
    rulesIn(policy)
      .filter(({ direction }) => direction === 'egress')
      .map((rule) => ({ policy, rule })),
  );
  if (material.cluster.networking.unevaluated.length > 0) return null;
  const useful = rules.filter(({ rule }) => needsNames(rule));
  const blamed = useful.find(({ policy }) => material.isSubject(policyRef(policy)))?.policy;
  if (blamed === undefined) return null;
  const leads = (protocol: 'UDP' | 'TCP') =>
    rules.some(({ policy, rule }) => leadsToDns(material, policy, rule, protocol));
  const [udp, tcp] = [leads('UDP'), leads('TCP')];
  if (udp && tcp) return null;
  return remark(material, {
    blamed,
    groups,
    diagnosis: udp ? 'policy-denies-tcp-dns' : 'policy-denies-dns',
    isTcpOnly: tcp,
  });
}

/** Whether it leads to something that is found by its name: not DNS itself, and not a few addresses. */
function needsNames({ peers, ports }: PolicyRule): boolean {
  const isDnsOnly =
    ports.length > 0 && ports.every(({ port: { port } }) => port === 53 || port === 5353 || isDnsName(port));
  if (isDnsOnly) return false;
  return (
    peers.length === 0 || peers.some(({ peer: { ipBlock } }) => ipBlock === undefined || /\/0$/u.test(ipBlock.cidr))
  );
}

function isDnsName(port: string | number | undefined): boolean {
  return typeof port === 'string' && port.toLowerCase().includes('dns');
}

function leadsToDns(material: Material, policy: NetworkPolicy, rule: PolicyRule, protocol: 'UDP' | 'TCP'): boolean {
  const ports = rule.ports.map(({ port }) => port);
  const isPort = (foundByBlock: boolean) =>
    ends(material).some(
      ({ to, port }) => holdsPort(ports, { cluster: material.cluster, to, port, protocol, foundByBlock }).is !== 'no',
    );
  if (rule.peers.length === 0) return isPort(false);
  return rule.peers.some(
    ({ peer }) => isPort(peer.ipBlock !== undefined) && mayHoldDns(material, peer, policy.namespace),
  );
}

/** The ports at which DNS pods listen: those of this cluster, or the usual ones (5353 on OpenShift). */
function ends(material: Material): { to: Party; port: number }[] {
  const own = dnsGroups(material).flatMap(({ ports }) => ports);
  const usual = [53, 5353].flatMap((port) => [
    { name: 'dns', port, protocol: 'UDP' },
    { name: 'dns-tcp', port, protocol: 'TCP' },
  ]);
  const named = [...own.filter(({ name }) => isDnsName(name ?? undefined)), ...usual];
  const to: Party = { kind: 'pod', namespace: 'kube-system', labels: {}, addresses: [], node: null, ports: named };
  return [...new Set(named.map(({ port }) => port))].map((port) => ({ to, port }));
}

function dnsService({ cluster }: Material): Service | null {
  const { dnsService: name } = cluster;
  return cluster.services.find((each) => each.namespace === name?.namespace && each.name === name.name) ?? null;
}

function dnsGroups(material: Material): readonly Group[] {
  const service = dnsService(material);
  return service === null ? [] : groupsBehind(material, service);
}

/** In doubt it may. */
function mayHoldDns(material: Material, peer: Peer, namespace: string): boolean {
  if (peer.ipBlock !== undefined) return true;
  const known = dnsGroups(material);
  if (known.length > 0) {
    const held = groupsOfPeer(material, peer, namespace);
    return known.some((group) => held.includes(group)) || looksLikeDns(peer);
  }
  return looksLikeDns(peer) || mayBeUsualDns(peer, material.cluster, namespace);
}

/** It says so itself: a cache on the node, a DNS server of a namespace's own. */
function looksLikeDns(peer: Peer): boolean {
  return JSON.stringify(peer.podSelector ?? {})
    .toLowerCase()
    .includes('dns');
}

/** Where distributions install it, under the labels that they give it (policy reference 3.2). */
const USUAL = [
  { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns', 'app.kubernetes.io/name': 'coredns' } },
  { namespace: 'openshift-dns', labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } },
] as const;

function mayBeUsualDns({ namespaceSelector, podSelector }: Peer, cluster: Cluster, own: string): boolean {
  return USUAL.some(({ namespace, labels }) => {
    const isThere =
      namespaceSelector === undefined
        ? own === namespace
        : selectsNamespace(namespaceSelector, namespace, cluster).is !== 'no';
    return isThere && selectsLabels(podSelector, labels).is !== 'no';
  });
}

interface Blame {
  readonly blamed: NetworkPolicy;
  readonly groups: readonly Group[];
  readonly diagnosis: string;
  readonly isTcpOnly: boolean;
}

function remark(material: Material, { blamed, groups, diagnosis, isTcpOnly }: Blame): Remark {
  const { namespace, name } = blamed;
  const who = list([...new Set(groups.map(({ workload }) => workload))], 3);
  const isTcp = diagnosis === 'policy-denies-tcp-dns';
  const fix = allowDns({ cluster: material.cluster, policy: blamed, servers: [] });
  const says = isTcp
    ? 'its egress rules lead to DNS over UDP and not over TCP: answers that do not fit into a datagram are lost'
    : `no egress rule leads to DNS over ${isTcpOnly ? 'UDP, only over TCP' : 'UDP or TCP'}, and others lead to what is found by its name`;
  return {
    diagnosis,
    title: `NetworkPolicy ${namespace}/${name} keeps ${who} of ${namespace} from DNS${isTcp ? ' over TCP' : ''}`,
    object: policyRef(blamed),
    at: { path: ['spec', 'egress'] },
    about: isTcp ? 'TCP' : 'UDP',
    where: { from: `${namespace}/${groups[0]?.workload ?? ''}`, to: 'DNS' },
    evidence: [['Who', says]],
    fix:
      fix === null
        ? {
            says: 'Let them out to the DNS pods (in most clusters k8s-app: kube-dns in kube-system) on port 53, UDP and TCP.',
            manifest: null,
          }
        : { says: fix.says, manifest: fix.manifest },
    settles: `kprobe diagnose TARGET --from ${namespace}/CLIENT asks DNS as such a pod, over UDP and TCP.`,
  };
}

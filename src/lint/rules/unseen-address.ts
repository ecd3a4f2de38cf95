import ipaddr from 'ipaddr.js';
import type { NetworkPolicy, Service } from '../../model/cluster.ts';
import { inIpBlock, isSameAddress } from '../../judge/policy/address.ts';
import { derived } from '../../judge/derived.ts';
import { engineOf } from '../../judge/policy/engines.ts';
import { groupsBehind } from '../flows.ts';
import { type Material, policyRef } from '../material.ts';
import { denialOf, peersToJudge, type PolicyRule, rulesIn, sayPath } from '../policy-parts.ts';
import type { Remark, Rule } from '../rule.ts';
import { groupsOfPeer } from '../selection.ts';
import { endpointsOf } from '../../model/service-slices.ts';

export default {
  name: 'unseen-address',
  ids: ['policy-denies-egress', 'policy-denies-ingress'],
  class: 'policy',
  title: 'An ipBlock names the address of a Service or of a pod',
  why: 'Policies judge what arrives: the pod behind a Service, and never its ClusterIP, which is rewritten before. A pod has another address after each restart, and some engines never compare an ipBlock with pods.',
  looks:
    'Blocks of a single address against ClusterIPs and addresses of pods; blocks that lie in the range of ClusterIPs.',
  remedy:
    'Name the pods behind the Service by their labels, on the container port; the API server by the addresses of its endpoints.',
  limits:
    'Addresses of nodes are meant to be written so, and pass. Silent on AWS, whose engine does judge ClusterIPs; for the DNS Service where a cache runs on the nodes; and where another peer of the policy leads to the same pods.',
  *check(material) {
    for (const { policy, rule, placed } of peersToJudge(material)) {
      const remark = remarkOn(material, policy, rule, placed);
      if (remark !== null) yield remark;
    }
  },
} satisfies Rule;

function remarkOn(
  material: Material,
  policy: NetworkPolicy,
  rule: PolicyRule,
  { peer, path }: PolicyRule['peers'][number],
): Remark | null {
  const cidr = peer.ipBlock?.cidr;
  if (cidr === undefined || !ipaddr.isValidCIDR(cidr)) return null;
  const service = serviceAt(material, cidr);
  const common = {
    diagnosis: denialOf(rule.direction),
    object: policyRef(policy),
    at: { path: [...path, 'ipBlock', 'cidr'] },
    about: sayPath(path),
    settles: 'kprobe diagnose of the destination with --from a pod of the policy.',
  };
  const name = `NetworkPolicy ${policy.namespace}/${policy.name}`;
  if (service !== null) {
    if (isReachedOtherwise(material, policy, rule, service) || isExempt(material, rule, service)) return null;
    return {
      ...common,
      title: `${name} names ${cidr}, the ClusterIP of Service ${service.namespace}/${service.name}, which no policy sees`,
      evidence: [['Who', `connects to ${cidr} arrive at the pods behind the Service; the block holds none of them`]],
      fix: { says: fixFor(material, service), manifest: null },
    };
  }
  if (isServiceRange(material, cidr)) {
    return {
      ...common,
      title: `${name} names ${cidr}, a range of ClusterIPs, which no policy sees`,
      evidence: [['Who', `ClusterIPs come from ${(material.cluster.serviceRanges ?? []).join(', ')}`]],
      fix: { says: 'Name the pods behind the Services that are meant, on their container ports.', manifest: null },
    };
  }
  const pod = podsByAddress(material).get(addressOf(cidr) ?? '');
  if (pod === undefined) return null;
  return {
    ...common,
    title: `${name} names ${cidr}, the address of pod ${pod}, which changes with each restart`,
    evidence: [['Who', `${cidr} is the address of ${pod} now; the pod that follows it has another`]],
    fix: { says: 'Name the pod by namespaceSelector and podSelector.', manifest: null },
  };
}

/** The one address of a block; null where it holds more. */
function addressOf(cidr: string): string | null {
  const [address, bits] = ipaddr.parseCIDR(cidr);
  return bits === (address.kind() === 'ipv4' ? 32 : 128) ? address.toString() : null;
}

const servicesByAddress = derived(
  ({ cluster }: Material) =>
    new Map(
      cluster.services.flatMap((each) => each.clusterIps.map((ip) => [ipaddr.parse(ip).toString(), each] as const)),
    ),
);

function serviceAt(material: Material, cidr: string): Service | null {
  return servicesByAddress(material).get(addressOf(cidr) ?? '') ?? null;
}

/** Of pods on the pod network that are no node's. */
const podsByAddress = derived(({ cluster }: Material) => {
  const nodes = new Set(
    cluster.nodes.flatMap(({ addresses, overlayAddresses }) => [...addresses, ...overlayAddresses]),
  );
  return new Map(
    cluster.pods
      .filter(({ hostNetwork, phase }) => !hostNetwork && phase === 'Running')
      .flatMap(({ addresses, namespace, name }) =>
        addresses
          .filter((each) => !nodes.has(each))
          .map((each) => [ipaddr.parse(each).toString(), `${namespace}/${name}`] as const),
      ),
  );
});

function isServiceRange({ cluster }: Material, cidr: string): boolean {
  if (!judgesAfterwards(cluster.networking.enforcer)) return false;
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return (cluster.serviceRanges ?? []).some((range) => {
    const [its, length] = ipaddr.parseCIDR(range);
    return its.kind() === network.kind() && length <= bits && network.match(its, length);
  });
}

/** AWS compares ClusterIPs too (policy reference S14). */
function judgesAfterwards(enforcer: string): boolean {
  return enforcer !== 'aws';
}

function isExempt({ cluster, groups }: Material, { direction }: PolicyRule, { namespace, name }: Service): boolean {
  if (direction === 'egress' && !judgesAfterwards(cluster.networking.enforcer)) return true;
  const isDns = namespace === cluster.dnsService?.namespace && name === cluster.dnsService.name;
  return isDns && groups.some(({ labels }) => Object.values(labels).some((value) => value.includes('node-local-dns')));
}

/** Another peer of the policy means the pods or addresses behind the Service. */
function isReachedOtherwise(
  material: Material,
  policy: NetworkPolicy,
  { direction }: PolicyRule,
  service: Service,
): boolean {
  const peers = rulesIn(policy).flatMap((rule) => (rule.direction === direction ? rule.peers : []));
  const behind = groupsBehind(material, service);
  const addresses = addressesBehind(material, service);
  const holdsBlocks = engineOf(material.cluster.networking).blocksHoldPods !== 'never';
  return peers.some(({ peer }) => {
    const { ipBlock } = peer;
    if (ipBlock === undefined)
      return behind.length > 0 && groupsOfPeer(material, peer, policy.namespace).some((each) => behind.includes(each));
    return holdsBlocks && addresses.length > 0 && addresses.every((each) => inIpBlock(each, ipBlock).is === 'yes');
  });
}

function addressesBehind({ cluster }: Material, service: Service): string[] {
  return endpointsOf(cluster, service)
    .map(({ address }) => address)
    .filter((address) => !service.clusterIps.some((ip) => isSameAddress(ip, address)));
}

function fixFor(material: Material, service: Service): string {
  const labels = Object.entries(service.selector).map(([key, value]) => `${key}: ${value}`);
  const ports = [...new Set(service.ports.map(({ targetPort }) => targetPort))].join(', ');
  if (labels.length > 0)
    return `Name its pods: namespaceSelector kubernetes.io/metadata.name: ${service.namespace} and podSelector ${labels.join(', ')}, on port ${ports}.`;
  const addresses = addressesBehind(material, service);
  return addresses.length > 0
    ? `Name its endpoints: ${addresses.slice(0, 3).join(', ')}, on port ${ports}.`
    : 'Name the addresses of its endpoints.';
}

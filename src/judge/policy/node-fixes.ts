/** How the hostNetwork pods of nodes are admitted: the right object depends on who enforces (policy reference 3.1). */
import type { Cluster, LabelSelector, Node } from '../../model/cluster.ts';
import type { Direction } from './policy-answer.ts';
import { blockOf, familyOf } from './address.ts';
import type { Family } from './address.ts';
import { engineOf } from './engines.ts';
import { hostAddresses } from './host-addresses.ts';
import { fixOf, namespaceNamed, networkPolicy, subjects, wordFor } from './manifest.ts';
import type { Fix, Manifest } from './manifest.ts';
import type { PodParty } from './party.ts';
import type { FixQuestion } from './fix-question.ts';

/** A node that runs the client, with the addresses by which other nodes were seen to see it; empty: not measured. */
export interface SourceNode {
  readonly name: string;
  readonly measured: readonly string[];
}

export interface NodesQuestion extends FixQuestion {
  readonly to: PodParty;
  /** Every node that runs the client, not only those that were measured to fail. */
  readonly nodes: readonly SourceNode[];
  /** The address families that are denied: addresses of others are admitted already, or nobody asks by them. Absent: all. */
  readonly families?: ReadonlySet<Family>;
}

/** Admits nodes to the pods of the policy at fault. null: of none of these nodes is an address known, and one is needed. */
export function admitNodes(question: NodesQuestion): Fix | null {
  const { admitsNodesBy } = engineOf(question.cluster.networking);
  switch (admitsNodesBy) {
    case 'cilium-entities':
      return nodesByCilium({ ...question, pod: question.to, direction: 'ingress' });
    case 'antrea-nodes':
      return nodesByAntrea(question);
    case 'ovn-namespace':
      return nodesByOvn(question);
    case 'ip-block':
      return nodesByAddress(question);
    default:
      return admitsNodesBy satisfies never;
  }
}

const BETTER = 'Better in the long run: run it on the pod network, where selectors match it.';

function nodesByAddress(question: NodesQuestion): Fix | null {
  const sources = question.nodes.map((node) => ({ ...node, blocks: blocksOf(question, node) }));
  const known = sources.filter((source) => source.blocks.length > 0);
  if (known.length === 0) return null;
  const peers = [...new Set(known.flatMap((source) => source.blocks))].map((cidr) => ({ ipBlock: { cidr } }));
  const object = networkPolicy({ ...common(question), rules: [{ peers, ports: [portOf(question)] }] });
  const guessed = known.filter((source) => source.measured.length === 0).map((source) => source.name);
  const missing = sources.filter((source) => source.blocks.length === 0).map((source) => source.name);
  const says = [
    `Admit the addresses by which pods see ${known.map((source) => source.name).join(', ')}, on ${question.protocol} ${question.port}.`,
    ...(guessed.length > 0 ? [`Not measured, taken from the node objects: ${guessed.join(', ')}.`] : []),
    ...(missing.length > 0 ? [`Not included, as no address is known: ${missing.join(', ')}.`] : []),
    'This admits every process of these nodes, and a node that joins later needs its own line.',
    BETTER,
  ];
  return { ...fixOf(object, says.join(' ')), leavesOut: missing };
}

/** Measured addresses first; else those of the kind that other nodes were measured to use; else what the CNI makes certain; else all. */
function blocksOf({ cluster, nodes, families }: NodesQuestion, node: SourceNode): string[] {
  const facts = cluster.nodes.find((each) => each.name === node.name);
  const alike = facts === undefined ? [] : addressesAlike(cluster, nodes, facts);
  const certain = facts === undefined ? [] : hostAddresses(cluster, facts);
  const told = facts === undefined ? [] : [...facts.overlayAddresses, ...facts.addresses];
  const denied = (addresses: readonly string[]) =>
    families === undefined ? addresses : addresses.filter((address) => families.has(familyOf(address) ?? 'ipv4'));
  const addresses = [node.measured, alike, certain, told].map(denied).find((each) => each.length > 0) ?? [];
  return addresses.map(blockOf).filter((block) => block !== null);
}

/** What was measured of other nodes is of one kind, their overlay addresses or their own: this node's of the same kind. */
function addressesAlike(cluster: Cluster, nodes: readonly SourceNode[], own: Node): readonly string[] {
  const measured = nodes.flatMap((each) => {
    const facts = cluster.nodes.find((node) => node.name === each.name);
    return facts === undefined ? [] : each.measured.map((address) => ({ facts, address }));
  });
  const isAll = (kind: AddressKind) => measured.every(({ facts, address }) => facts[kind].includes(address));
  const kind = measured.length === 0 ? undefined : ADDRESS_KINDS.find(isAll);
  return kind === undefined ? [] : own[kind];
}

const ADDRESS_KINDS = ['overlayAddresses', 'addresses'] as const satisfies readonly (keyof Node)[];
type AddressKind = (typeof ADDRESS_KINDS)[number];

/** No plain NetworkPolicy can name a node to Cilium: nodes are identities, not addresses (cilium: layer3.rst). */
export function nodesByCilium(question: FixQuestion & { readonly pod: PodParty; readonly direction: Direction }): Fix {
  const { policy, pod, port, protocol, direction } = question;
  const toPorts = [{ ports: [{ port: `${port}`, protocol }] }];
  const word = wordFor(pod.labels, 'pods');
  const isIngress = direction === 'ingress';
  const object = native({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: isIngress ? `allow-nodes-to-${word}` : `allow-${word}-to-nodes`, namespace: pod.namespace },
    spec: {
      endpointSelector: subjects(policy, pod.labels),
      ...(isIngress
        ? { ingress: [{ fromEntities: ['remote-node', 'host'], toPorts }] }
        : { egress: [{ toEntities: ['remote-node', 'host', 'kube-apiserver'], toPorts }] }),
    },
  });
  const says = isIngress
    ? `Admit the nodes on ${protocol} ${port}: Cilium gives hostNetwork pods the identity of their node, which no selector and by default no ipBlock matches. This admits every process of every node. ${BETTER}`
    : `Let it out to the nodes on ${protocol} ${port}: to Cilium they are identities, which by default no ipBlock matches.`;
  return fixOf(object, says);
}

/** A peer `nodeSelector` covers node, gateway and transport addresses (antrea: docs/antrea-network-policy.md). */
function nodesByAntrea(question: NodesQuestion): Fix {
  const { policy, to, nodes } = question;
  const hostnames = { key: 'kubernetes.io/hostname', operator: 'In', values: nodes.map((node) => node.name) };
  const object = native({
    apiVersion: 'crd.antrea.io/v1beta1',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: `allow-nodes-to-${to.namespace}-${wordFor(to.labels, 'pods')}` },
    spec: {
      priority: 5,
      tier: 'application',
      appliedTo: [{ podSelector: subjects(policy, to.labels), namespaceSelector: namespaceNamed(to.namespace) }],
      ingress: [
        {
          name: 'allow-nodes',
          action: 'Allow',
          from: [{ nodeSelector: { matchExpressions: [hostnames] } }],
          ports: [portOf(question)],
        },
      ],
    },
  });
  const names = nodes.map((node) => node.name).join(', ');
  return fixOf(
    object,
    `Admit the nodes ${names} on ${question.protocol} ${question.port}, with whatever address Antrea gives them. This admits every process of these nodes. ${BETTER}`,
  );
}

/** OVN-Kubernetes keeps the nodes' addresses in one namespace; a podSelector beside it would add others instead. */
function nodesByOvn(question: NodesQuestion): Fix {
  const { cluster } = question;
  const upstream = cluster.namespaces.some((each) => each.name === 'ovn-host-network');
  const openshift: LabelSelector = { matchLabels: { 'policy-group.network.openshift.io/host-network': '' } };
  const namespaceSelector = upstream ? namespaceNamed('ovn-host-network') : openshift;
  const object = networkPolicy({
    ...common(question),
    rules: [{ peers: [{ namespaceSelector }], ports: [portOf(question)] }],
  });
  return fixOf(
    object,
    `Admit the host network on ${question.protocol} ${question.port}: OVN-Kubernetes keeps the nodes’ addresses in one namespace. This admits every process of every node. ${BETTER}`,
  );
}

function common({ cluster, policy, to }: NodesQuestion) {
  return {
    cluster,
    namespace: to.namespace,
    name: `allow-nodes-to-${wordFor(to.labels, 'pods')}`,
    podSelector: subjects(policy, to.labels),
    direction: 'ingress' as const,
  };
}

function portOf({ port, protocol }: FixQuestion) {
  return { protocol, port };
}

/** Objects of these kinds were not listed, so their names are marked to be free. */
function native(object: Manifest): Manifest {
  return { ...object, metadata: { ...object.metadata, name: `kprobe-${object.metadata.name}` } };
}

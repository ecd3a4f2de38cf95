/** Whether selectors, peers and ports of a NetworkPolicy hold a party (policy reference S6 to S10). */
import type { Cluster, LabelSelector, NetworkPolicy } from '../../model/cluster.ts';
import { inIpBlock } from './address.ts';
import { engineOf } from './engines.ts';
import { NO, YES, agreement, allOf, anyOf, matchIf, unknown } from './match.ts';
import type { Match } from './match.ts';
import type { HostParty, Party, PodParty } from './party.ts';

/** Every namespace carries its own name under this key; the API server sees to it. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

type Labels = Readonly<Record<string, string>>;
/** The value at a key; `absent`, or null where it is not known whether there is one. */
type Lookup = (key: string) => { readonly value: string } | 'absent' | null;

export type Peer = NonNullable<NonNullable<NonNullable<NetworkPolicy['spec']['ingress']>[number]['from']>[number]>;
export type PolicyPort = NonNullable<
  NonNullable<NonNullable<NetworkPolicy['spec']['ingress']>[number]['ports']>[number]
>;
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export function selectsLabels(selector: LabelSelector | undefined, labels: Labels): Match {
  return selects(selector, (key) => (Object.hasOwn(labels, key) ? { value: labels[key] ?? '' } : 'absent'));
}

/** A namespace that was not listed is known by its name alone. */
export function selectsNamespace(selector: LabelSelector, namespace: string, cluster: Cluster): Match {
  const labels = cluster.namespaces.find((each) => each.name === namespace)?.labels;
  return selects(selector, (key) => {
    if (key === NAME_LABEL) return { value: namespace };
    if (labels === undefined) return null;
    return Object.hasOwn(labels, key) ? { value: labels[key] ?? '' } : 'absent';
  });
}

function selects(selector: LabelSelector | undefined, lookup: Lookup): Match {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) =>
    meets({ key, operator: 'In', values: [value] }, lookup),
  );
  return allOf([...equal, ...(selector?.matchExpressions ?? []).map((each) => meets(each, lookup))]);
}

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

function meets({ key, operator, values }: Requirement, lookup: Lookup): Match {
  const found = lookup(key);
  if (found === null) return unknown(`it is not known which value the label ${key} has`);
  const isAmong = found !== 'absent' && (values ?? []).includes(found.value);
  switch (operator) {
    case 'In':
      return matchIf(isAmong);
    case 'NotIn':
      return matchIf(!isAmong);
    case 'Exists':
      return matchIf(found !== 'absent');
    case 'DoesNotExist':
      return matchIf(found === 'absent');
    default:
      return unknown(`the selector operator ${operator} is not known`);
  }
}

export interface PeerQuestion {
  readonly cluster: Cluster;
  /** Of the policy: a podSelector alone means its pods. */
  readonly namespace: string;
  readonly party: Party;
}

/** A peer without any field, or with an ipBlock beside a selector, is refused by the API; it holds nobody. */
export function peerHolds(peer: Peer, question: PeerQuestion): Match {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  if (hasSelector === (ipBlock !== undefined)) return NO;
  const { party } = question;
  switch (party.kind) {
    case 'unknown':
      return unknown(party.because);
    case 'address':
      return ipBlock === undefined ? NO : inIpBlock(party.address, ipBlock);
    case 'host':
      return ipBlock === undefined ? selectorHoldsHost(peer, question) : blockHolds(ipBlock, party, question);
    case 'pod':
      return ipBlock === undefined ? selectorHoldsPod(peer, party, question) : blockHolds(ipBlock, party, question);
    default:
      return party satisfies never;
  }
}

function selectorHoldsPod(peer: Peer, pod: PodParty, { cluster, namespace }: PeerQuestion): Match {
  const inNamespace =
    peer.namespaceSelector === undefined
      ? matchIf(pod.namespace === namespace)
      : selectsNamespace(peer.namespaceSelector, pod.namespace, cluster);
  return allOf([inNamespace, selectsLabels(peer.podSelector, pod.labels)]);
}

function selectorHoldsHost(peer: Peer, { cluster }: PeerQuestion): Match {
  const { selectorsHoldHosts } = engineOf(cluster.networking);
  if (selectorsHoldHosts === 'never') return NO;
  if (namesHostNetwork(peer, cluster)) return YES;
  return unknown(`whether ${cluster.networking.enforcer} lets selectors match hostNetwork pods is not certain`);
}

/** Some engines keep the nodes' addresses in a namespace of their own; a podSelector beside it would mean its pods. */
function namesHostNetwork({ podSelector, namespaceSelector }: Peer, cluster: Cluster): boolean {
  if (podSelector !== undefined || namespaceSelector === undefined) return false;
  const { names, labels } = engineOf(cluster.networking).hostNamespaces;
  return cluster.namespaces
    .filter((each) => names.includes(each.name) || labels.some((label) => Object.hasOwn(each.labels, label)))
    .some((each) => selectsNamespace(namespaceSelector, each.name, cluster).is === 'yes');
}

function blockHolds(block: NonNullable<Peer['ipBlock']>, party: PodParty | HostParty, question: PeerQuestion): Match {
  const { blocksHoldPods, blocksHoldNodes } = engineOf(question.cluster.networking);
  const holds = party.kind === 'pod' ? blocksHoldPods : blocksHoldNodes;
  if (holds === 'never') return NO;
  const who = party.kind === 'pod' ? 'the pod' : `node ${party.node ?? ''}`.trimEnd();
  if (party.addresses.length === 0) return unknown(`the address that the other side sees of ${who} is not known`);
  const held = agreement(
    party.addresses.map((address) => inIpBlock(address, block)),
    `${who} may be seen as ${party.addresses.join(' or ')}, and ipBlock ${block.cidr} does not hold all of them`,
  );
  if (held.is !== 'yes' || holds === 'yes') return held;
  return unknown(`whether ipBlock holds ${who} under ${question.cluster.networking.enforcer} is not certain`);
}

export interface PortQuestion {
  readonly cluster: Cluster;
  /** The destination, whose containers give ports their names. */
  readonly to: Party;
  /** The port after a Service's translation; null where it is not known. */
  readonly port: number | null;
  readonly protocol: Protocol;
  /** The rule found the destination by an ipBlock, for which no port has a name; some engines resolve it all the same. */
  readonly foundByBlock: boolean;
}

/** A rule without ports means every port. */
export function holdsPort(ports: readonly PolicyPort[] | null | undefined, question: PortQuestion): Match {
  if (ports === null || ports === undefined || ports.length === 0) return YES;
  return anyOf(ports.map((each) => portHolds(each, question)));
}

function portHolds(rule: PolicyPort, { cluster, to, port, protocol, foundByBlock }: PortQuestion): Match {
  if ((rule.protocol ?? 'TCP') !== protocol) return NO;
  if (rule.port === undefined) return YES;
  if (port === null) return unknown('the port is not known');
  if (typeof rule.port === 'number') return matchIf(port >= rule.port && port <= (rule.endPort ?? rule.port));
  if (to.kind !== 'pod') return to.kind === 'unknown' ? unknown(to.because) : NO;
  const isNamed = to.ports.some((its) => its.name === rule.port && its.port === port && its.protocol === protocol);
  const { namedPortsBesideBlocks } = engineOf(cluster.networking);
  if (!isNamed || !foundByBlock || namedPortsBesideBlocks === 'resolved') return matchIf(isNamed);
  if (namedPortsBesideBlocks === 'never') return NO;
  return unknown(`whether the port name ${rule.port} counts beside an ipBlock is not certain`);
}

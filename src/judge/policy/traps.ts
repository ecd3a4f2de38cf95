/** Rules that look as if they admitted a flow and do not: the traps that policies are written into. Pure. */
import type { Cluster, NetworkPolicy } from '../../model/cluster.ts';
import { isUnread } from '../../model/unread.ts';
import { inIpBlock } from './address.ts';
import { describe } from './party.ts';
import type { Party, PodParty } from './party.ts';
import { rulesOf } from './policy-answer.ts';
import type { Direction } from './policy-answer.ts';
import { holdsPort, peerHolds, selectsLabels, selectsNamespace } from './select.ts';
import type { Peer, PolicyPort } from './select.ts';
import type { FlowQuestion } from './flow-question.ts';

export interface TrapQuestion extends Omit<FlowQuestion, 'throughService'> {
  readonly direction: Direction;
  /** The Service through which the far end is meant; null: none. */
  readonly service: { readonly addresses: readonly string[]; readonly port: number } | null;
}

interface Rule {
  readonly peers: readonly Peer[];
  readonly ports: readonly PolicyPort[] | null | undefined;
}

/** What each of these policies, which do not admit the flow, seems to have been meant to say; empty: nothing near it. */
export function trapsOf(question: TrapQuestion, policies: readonly NetworkPolicy[]): string[] {
  return policies.flatMap((policy) => {
    const name = `${policy.namespace}/${policy.name}`;
    const rules = rulesOf(policy, question.direction).map(({ peers, ports }) => ({ peers: peers ?? [], ports }));
    const found = rules.flatMap((rule) => [
      ...portTraps(question, policy, rule),
      ...rule.peers.flatMap((peer) => peerTraps(question, policy, peer)),
    ]);
    return [...new Set(found)].map((says) => `${name}: ${says}`);
  });
}

function farEnd({ direction, from, to }: TrapQuestion): Party {
  return direction === 'ingress' ? from : to;
}

/** The Service's port where the container's counts: what is judged has been translated already (policy reference S14). */
function portTraps(question: TrapQuestion, { namespace }: NetworkPolicy, { peers, ports }: Rule): string[] {
  const { cluster, service, port, to } = question;
  if (service === null || port === null || service.port === port) return [];
  const party = farEnd(question);
  const holdsPeer =
    peers.length === 0 || peers.some((peer) => peerHolds(peer, { cluster, namespace, party }).is === 'yes');
  const holds = (number: number) =>
    holdsPort(ports, { cluster, to, port: number, protocol: question.protocol, foundByBlock: false }).is === 'yes';
  if (!holdsPeer || holds(port) || !holds(service.port)) return [];
  return [`it names port ${service.port}, the Service's; policies are compared with the container's, ${port}`];
}

function peerTraps(question: TrapQuestion, policy: NetworkPolicy, peer: Peer): string[] {
  const party = farEnd(question);
  return [
    ...clusterIpTrap(question, policy, peer),
    ...exceptTrap(party, peer),
    ...(party.kind === 'pod' ? selectorTraps(question, policy, { peer, party }) : []),
  ];
}

/** Nobody ever judges a ClusterIP but AWS, on the way out (policy reference S14). */
function clusterIpTrap({ cluster, direction, service, to }: TrapQuestion, policy: NetworkPolicy, peer: Peer): string[] {
  const { ipBlock } = peer;
  if (direction !== 'egress' || ipBlock === undefined || service === null) return [];
  if (cluster.networking.enforcer === 'aws') return [];
  const held = service.addresses.find((address) => inIpBlock(address, ipBlock).is === 'yes');
  const isRight = peerHolds(peer, { cluster, namespace: policy.namespace, party: to }).is !== 'no';
  // A block that would hold the pod as well is not about the ClusterIP: then its exception is the trap.
  if (held === undefined || isRight || exceptTrap(to, peer).length > 0) return [];
  return [
    `its ipBlock ${ipBlock.cidr} means the ClusterIP ${held}, which no packet has any more when it is judged: it goes to ${describe(to)}`,
  ];
}

function exceptTrap(party: Party, { ipBlock }: Peer): string[] {
  if (ipBlock?.except === undefined) return [];
  const { cidr, except } = ipBlock;
  const addresses = party.kind === 'address' ? [party.address] : party.kind === 'unknown' ? [] : party.addresses;
  return addresses.flatMap((address) => {
    const taken = except.find((each) => inIpBlock(address, { cidr: each }).is === 'yes');
    return taken !== undefined && inIpBlock(address, { cidr }).is === 'yes'
      ? [`its ipBlock ${cidr} would hold ${address}, and its exception ${taken} takes it out`]
      : [];
  });
}

function selectorTraps(
  { cluster }: TrapQuestion,
  { namespace }: NetworkPolicy,
  { peer: { podSelector, namespaceSelector }, party }: { readonly peer: Peer; readonly party: PodParty },
): string[] {
  if (podSelector === undefined) return namespaceTrap(cluster, namespaceSelector);
  const isLabelled = selectsLabels(podSelector, party.labels).is === 'yes';
  if (namespaceSelector === undefined) {
    if (!isLabelled || party.namespace === namespace) return [];
    return [
      `a podSelector alone means pods of the policy's own namespace, ${namespace}: it has the labels of ${describe(party)} and not their namespace`,
    ];
  }
  const isAround = selectsNamespace(namespaceSelector, party.namespace, cluster).is === 'yes';
  if (isLabelled === isAround) return isAround ? [] : namespaceTrap(cluster, namespaceSelector);
  const [met, missed] = isLabelled ? ['podSelector', 'namespaceSelector'] : ['namespaceSelector', 'podSelector'];
  return [
    `namespaceSelector and podSelector in one item mean pods that meet both: ${describe(party)} meets the ${met} and not the ${missed} (as two items, each with its own dash, either would do)`,
  ];
}

/** A namespace that is not there, or a label that no namespace has. */
function namespaceTrap(cluster: Cluster, selector: Peer['namespaceSelector']): string[] {
  if (selector === undefined || isUnread(cluster, 'namespaces')) return [];
  const isMet = cluster.namespaces.some(({ name }) => selectsNamespace(selector, name, cluster).is !== 'no');
  const pairs = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return isMet || pairs.length === 0 ? [] : [`no namespace has the label ${pairs.join(',')}`];
}

/** What a policy does admit, where it is close to the flow that it denies: the ports that it opens, the block that its `except` takes back. */
import { list } from '../../model/format.ts';
import type { NetworkPolicy, ObjectName } from '../../model/cluster.ts';
import { inIpBlock } from './address.ts';
import type { Party } from './party.ts';
import { rulesOf } from './policy-answer.ts';
import type { Direction } from './policy-answer.ts';
import { peerHolds } from './select.ts';
import type { PolicyPort } from './select.ts';
import type { FlowQuestion } from './flow-question.ts';

/** The ports that its rules open to this peer, in words; empty where the policy is not at hand. */
export function portsOpened(question: FlowQuestion, direction: Direction, name: ObjectName): string[] {
  const party = direction === 'ingress' ? question.from : question.to;
  const { cluster, to } = question;
  const rules = rulesNamed(question, direction, name).filter(
    ({ peers }) =>
      (peers ?? []).length === 0 ||
      (peers ?? []).some((peer) => peerHolds(peer, { cluster, namespace: name.namespace, party }).is !== 'no'),
  );
  return [...new Set(rules.flatMap(({ ports }) => (ports ?? []).map((port) => sayPort(port, to))))];
}

/** e.g. `10.244.0.7 is in 10.244.0.0/16, but its except has 10.244.0.0/24`; null where no block says so. */
export function exceptionOf(question: FlowQuestion, direction: Direction, name: ObjectName): string | null {
  const addresses = addressesOf(direction === 'ingress' ? question.from : question.to);
  for (const { peers } of rulesNamed(question, direction, name)) {
    for (const { ipBlock } of peers ?? []) {
      if (ipBlock === undefined) continue;
      const without = (ipBlock.except ?? []).filter((cidr) =>
        addresses.some((address) => inIpBlock(address, { cidr }).is === 'yes'),
      );
      const inside = addresses.filter((address) => inIpBlock(address, { cidr: ipBlock.cidr }).is === 'yes');
      if (inside.length > 0 && without.length > 0)
        return `${list(inside)} is in ${ipBlock.cidr}, but its except has ${list(without)}`;
    }
  }
  return null;
}

function rulesNamed({ cluster }: FlowQuestion, direction: Direction, name: ObjectName) {
  const policy: NetworkPolicy | undefined = cluster.networkPolicies.find(
    (each) => each.namespace === name.namespace && each.name === name.name,
  );
  return policy === undefined ? [] : rulesOf(policy, direction);
}

function sayPort({ protocol = 'TCP', port, endPort }: PolicyPort, to: Party): string {
  if (port === undefined || port === null) return protocol;
  if (typeof port === 'number')
    return `${protocol} ${port}${endPort === undefined || endPort === null ? '' : ` to ${endPort}`}`;
  const isThere = to.kind === 'pod' && to.ports.some(({ name }) => name === port);
  return `the ${protocol} port named ${port}${to.kind === 'pod' && !isThere ? ', which the pod does not have' : ''}`;
}

function addressesOf(party: Party): readonly string[] {
  if (party.kind === 'address') return [party.address];
  return party.kind === 'unknown' ? [] : party.addresses;
}

/** What a policy was meant to do, where that differs from what it does. */
import type { NetworkPolicy } from '../../model/cluster.ts';
import type { Identity } from '../../model/plan.ts';
import { answerOf, isolates } from './policy-answer.ts';
import type { Party } from './party.ts';
import type { FlowQuestion } from './flow-question.ts';

/**
 * Whether this policy would admit the source to `to` if the source were an ordinary pod with this namespace and these
 * labels. True for a hostNetwork source that the policy denies: the policy means to admit it and cannot see it.
 */
export function wouldMatchAsPod(
  policy: NetworkPolicy,
  identity: Pick<Identity, 'namespace' | 'labels'>,
  flow: Omit<FlowQuestion, 'from'>,
): boolean {
  if (flow.to.kind !== 'pod') return false;
  const { namespace, labels } = identity;
  const from: Party = { kind: 'pod', namespace, labels, addresses: [], node: null, ports: [] };
  const answer = answerOf(policy, isolates(policy, flow.to), { ...flow, from, direction: 'ingress' });
  return answer?.admits.is === 'yes';
}

/** Whether this policy would admit a node's own network if it came by one of these addresses of the node: it means to, and names another than comes. */
export function wouldMatchAsHost(
  policy: NetworkPolicy,
  addresses: readonly string[],
  flow: Omit<FlowQuestion, 'from'>,
): boolean {
  const { to } = flow;
  if (to.kind !== 'pod') return false;
  return addresses.some((address) => {
    const from: Party = { kind: 'host', node: null, addresses: [address] };
    return answerOf(policy, isolates(policy, to), { ...flow, from, direction: 'ingress' })?.admits.is === 'yes';
  });
}

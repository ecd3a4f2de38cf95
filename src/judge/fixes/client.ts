/** Whom the question is about, as a policy might name it. */
import type { Pod } from '../../model/cluster.ts';
import type { Agent } from '../../model/plan.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { sourcesSeen } from '../evidence/sources.ts';
import { wouldMatchAsHost, wouldMatchAsPod } from '../policy/intent.ts';
import { partyOf } from '../policy/party.ts';
import { backendPod, policyNamed, portOf } from '../views/denied.ts';
import type { Hop } from '../views/hops.ts';

/**
 * The policy would admit the client if it were an ordinary pod, or, for one on the host network, if it came by another address of its node:
 * it means to, and cannot see it.
 */
export function isMeantFor(evidence: Evidence, hop: Hop): boolean {
  const pod = backendPod(evidence, hop);
  if (pod === null) return false;
  const clients = clientsOf(evidence);
  const addresses = hop.source.identity.hostNetwork ? addressesOfNode(evidence, hop.source) : [];
  const flow = { cluster: evidence.cluster, to: partyOf(pod), port: portOf(hop), protocol: 'TCP' as const };
  return hop.expectation.policies.some((name) => {
    const policy = policyNamed(evidence, name);
    if (policy === null) return false;
    return clients.some((client) => wouldMatchAsPod(policy, client, flow)) || wouldMatchAsHost(policy, addresses, flow);
  });
}

/** All by which it is known to the API, or was seen anywhere. */
function addressesOfNode(evidence: Evidence, { id, node }: Agent): readonly string[] {
  const { nodes } = evidence.cluster;
  const facts = nodes.find(({ name }) => name === node);
  const seen = nodes.flatMap(({ name }) => sourcesSeen(evidence, id, name));
  return [...new Set([...(facts?.addresses ?? []), ...(facts?.overlayAddresses ?? []), ...seen])];
}

/** The pods whose identity the question is about. */
export function clientsOf({ target, cluster }: Evidence): Pod[] {
  const names = target.from?.pods ?? target.entries.flatMap((entry) => entry.pod ?? []);
  return cluster.pods.filter((pod) => names.some((name) => name.namespace === pod.namespace && name.name === pod.name));
}

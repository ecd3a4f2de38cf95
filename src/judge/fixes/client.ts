/** Whom the question is about, as a policy might name it. */
import type { Pod } from '../../model/cluster.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { wouldMatchAsPod } from '../policy/intent.ts';
import { partyOf } from '../policy/party.ts';
import { backendPod, policyNamed, portOf } from '../views/denied.ts';
import type { Hop } from '../views/hops.ts';

/** The policy would admit the client if it were an ordinary pod: it means to, and cannot see it. */
export function isMeantFor(evidence: Evidence, hop: Hop): boolean {
  const pod = backendPod(evidence, hop);
  if (pod === null) return false;
  const clients = clientsOf(evidence);
  const flow = { cluster: evidence.cluster, to: partyOf(pod), port: portOf(hop), protocol: 'TCP' as const };
  return hop.expectation.policies.some((name) => {
    const policy = policyNamed(evidence, name);
    return policy !== null && clients.some((client) => wouldMatchAsPod(policy, client, flow));
  });
}

/** The pods whose identity the question is about. */
export function clientsOf({ target, cluster }: Evidence): Pod[] {
  const names = target.from?.pods ?? target.entries.flatMap((entry) => entry.pod ?? []);
  return cluster.pods.filter((pod) => names.some((name) => name.namespace === pod.namespace && name.name === pod.name));
}

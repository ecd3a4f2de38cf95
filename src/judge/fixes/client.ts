/** Whom the question is about, as a policy might name it. */
import type { ObjectName, Pod } from '../../model/cluster.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { wouldMatchAsPod } from '../policy/intent.ts';
import { partyOf } from '../policy/party.ts';
import { backendPod, policyNamed, portOf } from '../views/denied.ts';
import { hopsOf } from '../views/hops.ts';
import type { Hop } from '../views/hops.ts';

/** The policy would admit the client if it were an ordinary pod, or admits it by another of its addresses: it means to, and cannot see it here. */
export function isMeantFor(evidence: Evidence, hop: Hop): boolean {
  const pod = backendPod(evidence, hop);
  if (pod === null) return false;
  const clients = clientsOf(evidence);
  const flow = { cluster: evidence.cluster, to: partyOf(pod), port: portOf(hop), protocol: 'TCP' as const };
  return hop.expectation.policies.some((name) => {
    const policy = policyNamed(evidence, name);
    if (policy === null) return false;
    return isAdmittedElsewhere(evidence, hop, name) || clients.some((client) => wouldMatchAsPod(policy, client, flow));
  });
}

/** The same policy lets such a client through on another hop: by an address of its node that it has there. */
function isAdmittedElsewhere(evidence: Evidence, hop: Hop, policy: ObjectName): boolean {
  return hopsOf(evidence).some(
    ({ asker, expectation }) =>
      asker.identity.hostNetwork === hop.asker.identity.hostNetwork &&
      expectation.verdict === 'allow' &&
      expectation.policies.some(({ namespace, name }) => namespace === policy.namespace && name === policy.name),
  );
}

/** The pods whose identity the question is about. */
export function clientsOf({ target, cluster }: Evidence): Pod[] {
  const names = target.from?.pods ?? target.entries.flatMap((entry) => entry.pod ?? []);
  return cluster.pods.filter((pod) => names.some((name) => name.namespace === pod.namespace && name.name === pod.name));
}

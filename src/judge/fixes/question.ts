/** What a fix starts from: the policy at fault, and the pod and port that the denied hops end at. */
import type { Evidence } from '../evidence/evidence.ts';
import { partyOf } from '../policy/party.ts';
import type { PodParty } from '../policy/party.ts';
import { backendPod, policiesAtFault, policyNamed, portOf } from '../views/denied.ts';
import type { Hop } from '../views/hops.ts';
import type { FixQuestion } from '../policy/fix-question.ts';

/** null: the policy, the pod or its port is not known. */
export function questionOf(evidence: Evidence, hops: readonly Hop[]): (FixQuestion & { to: PodParty }) | null {
  const [hop] = hops;
  const [name] = policiesAtFault(hops);
  const policy = name === undefined ? null : policyNamed(evidence, name);
  const pod = hop === undefined ? null : backendPod(evidence, hop);
  const to = pod === null ? null : partyOf(pod);
  if (hop === undefined || policy === null || to?.kind !== 'pod') return null;
  return { cluster: evidence.cluster, policy, to, port: portOf(hop), protocol: 'TCP' };
}

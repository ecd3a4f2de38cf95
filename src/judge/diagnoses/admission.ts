/** From a denied hop to what the policy meant, and to the fix made from the live objects. */
import type { Evidence } from '../evidence/evidence.ts';
import type { Hop } from '../experiments.ts';
import { wouldMatchAsPod } from '../policy/intent.ts';
import { partyOf } from '../policy/party.ts';
import type { Agent } from '../../model/plan.ts';
import type { Finding } from '../../model/verdict.ts';
import { backendPod, policyNamed, portOf } from './denied.ts';

/** The policy would admit the client if it were an ordinary pod: it means to, and cannot see it. */
export function isMeantFor(evidence: Evidence, hop: Hop): boolean {
  const pod = backendPod(evidence, hop);
  if (pod === null) return false;
  const names = evidence.target.from?.pods ?? evidence.target.entries.flatMap((entry) => (entry.pod === null ? [] : [entry.pod]));
  const clients = evidence.cluster.pods.filter((each) => names.some((name) => name.namespace === each.namespace && name.name === each.name));
  const flow = { cluster: evidence.cluster, to: partyOf(pod), port: portOf(hop), protocol: 'TCP' as const };
  return hop.expectation.policies.some((name) => {
    const policy = policyNamed(evidence, name);
    return policy !== null && clients.some((client) => wouldMatchAsPod(policy, client, flow));
  });
}

export function admitHostsFix(_e: Evidence, _h: readonly Hop[]): Finding['fix'] { return null; }
export function admitPodFix(_e: Evidence, _h: readonly Hop[]): Finding['fix'] { return null; }
export function allowEgressFix(_e: Evidence, _h: readonly Hop[]): Finding['fix'] { return null; }
export function allowDnsFix(_e: Evidence, _a: Agent): Finding['fix'] { return null; }

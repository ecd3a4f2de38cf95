/** From a denied hop to what the policy meant, and to the fix made from the live objects. */
import type { Pod } from '../../model/cluster.ts';
import type { Finding } from '../../model/verdict.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { sourceSeen } from '../evidence/sources.ts';
import { expectationOf } from '../views/hops.ts';
import type { Hop } from '../views/hops.ts';
import { allowDns } from '../policy/dns-fix.ts';
import { admitPods, allowEgress } from '../policy/fixes.ts';
import { wouldMatchAsPod } from '../policy/intent.ts';
import type { Fix } from '../policy/manifest.ts';
import { admitNodes } from '../policy/node-fixes.ts';
import { partyOf } from '../policy/party.ts';
import { backendPod, policiesAtFault, policyNamed, portOf } from '../views/denied.ts';

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

/** Admits every node that runs the client, by the addresses that pods were seen to see. */
export function admitHostsFix(evidence: Evidence, hops: readonly Hop[]): Finding['fix'] {
  const question = questionOf(evidence, hops);
  if (question === null) return null;
  const nodes = clientsOf(evidence).flatMap((pod) => (pod.node === null ? [] : [pod.node]));
  const fix = admitNodes({
    ...question,
    nodes: [...new Set(nodes)].toSorted().map((name) => ({ name, measured: measuredSources(evidence, name) })),
  });
  return fix === null ? null : shown(fix);
}

/** Admits the client's namespace and labels. A client on the host network has neither, so its nodes are admitted. */
export function admitPodFix(evidence: Evidence, hops: readonly Hop[]): Finding['fix'] {
  const client = hops[0]?.asker;
  if (client === undefined || client.identity.hostNetwork) return admitHostsFix(evidence, hops);
  const question = questionOf(evidence, hops);
  return question === null ? null : shown(admitPods({ ...question, from: client.identity }));
}

export function allowEgressFix(evidence: Evidence, hops: readonly Hop[]): Finding['fix'] {
  const question = questionOf(evidence, hops);
  const client = hops[0]?.asker.of;
  const pod = evidence.cluster.pods.find((each) => each.namespace === client?.namespace && each.name === client.name);
  const from = pod === undefined ? null : partyOf(pod);
  if (question === null || from?.kind !== 'pod') return null;
  const fix = allowEgress({ ...question, from });
  return fix === null ? null : shown(fix);
}

export function allowDnsFix(evidence: Evidence, path: PathEvidence): Finding['fix'] {
  const [name] = expectationOf(evidence, path).policies;
  const policy = name === undefined ? null : policyNamed(evidence, name);
  const servers = evidence.recording.hellos.find((hello) => hello.agent === path.from.id)?.resolver.servers ?? [];
  const fix = policy === null ? null : allowDns({ cluster: evidence.cluster, policy, servers });
  return fix === null ? null : shown(fix);
}

/** The policy at fault, and the pod and port that the hops end at; null where either is not known. */
function questionOf(evidence: Evidence, hops: readonly Hop[]) {
  const [hop] = hops;
  const [name] = policiesAtFault(hops);
  const policy = name === undefined ? null : policyNamed(evidence, name);
  const pod = hop === undefined ? null : backendPod(evidence, hop);
  const to = pod === null ? null : partyOf(pod);
  if (hop === undefined || policy === null || to?.kind !== 'pod') return null;
  return { cluster: evidence.cluster, policy, to, port: portOf(hop), protocol: 'TCP' as const };
}

/** The pods whose identity the question is about. */
function clientsOf(evidence: Evidence): Pod[] {
  const names = evidence.target.from?.pods ?? evidence.target.entries.flatMap((entry) => entry.pod ?? []);
  return evidence.cluster.pods.filter((pod) =>
    names.some((name) => name.namespace === pod.namespace && name.name === pod.name),
  );
}

function measuredSources(evidence: Evidence, node: string): string[] {
  const seen = evidence.cluster.nodes.flatMap((each) =>
    each.name === node ? [] : (sourceSeen(evidence, `host@${node}`, each.name) ?? []),
  );
  return [...new Set(seen)];
}

function shown({ says, manifest }: Fix): Finding['fix'] {
  return { says, manifest };
}

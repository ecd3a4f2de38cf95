/** What the diagnoses of NetworkPolicy share: hops that policy denies and that were measured to fail, beside their controls. */
import type { NetworkPolicy, ObjectName, Pod } from '../../model/cluster.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken } from '../evidence/state.ts';
import { hopsOf, otherFamilyHopsOf, outsideHopsOf } from './hops.ts';
import type { Hop } from './hops.ts';
import { serviceOf } from './service.ts';
import type { Finding } from '../../model/verdict.ts';
import { agentParty } from '../policy/destinations.ts';
import { partyAt, partyOf } from '../policy/party.ts';
import type { Party } from '../policy/party.ts';
import { trapsOf } from '../policy/traps.ts';
import { line } from '../words/words.ts';

type Line = Finding['evidence'][number];

/** Hops of the asked identity, to endpoints and to hosts outside, that fail as policy says they must. */
export function deniedHops(evidence: Evidence, direction: 'ingress' | 'egress'): Hop[] {
  return [...hopsOf(evidence), ...otherFamilyHopsOf(evidence), ...outsideHopsOf(evidence)].filter(
    (hop) => isBroken(hop.path) && hop.expectation.verdict === 'deny' && hop.expectation.direction === direction,
  );
}

export function policyNamed(evidence: Evidence, name: ObjectName): NetworkPolicy | null {
  return (
    evidence.cluster.networkPolicies.find(
      (policy) => policy.namespace === name.namespace && policy.name === name.name,
    ) ?? null
  );
}

/** The policies that isolate and do not allow, most frequent first. */
export function policiesAtFault(hops: readonly Hop[]): ObjectName[] {
  const names = hops.flatMap((hop) => hop.expectation.policies.map((policy) => `${policy.namespace}/${policy.name}`));
  const counts = Map.groupBy(names, (name) => name);
  return [...counts]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([full]) => ({ namespace: full.slice(0, full.indexOf('/')), name: full.slice(full.indexOf('/') + 1) }));
}

export function backendPod(evidence: Evidence, hop: Hop): Pod | null {
  const to = hop.path.path.to;
  if (to.kind !== 'backend') return null;
  return evidence.cluster.pods.find((pod) => pod.namespace === to.pod?.namespace && pod.name === to.pod.name) ?? null;
}

/** What a policy sees at the far end. */
export function farPartyOf(evidence: Evidence, hop: Hop): Party | null {
  const pod = backendPod(evidence, hop);
  if (pod !== null) return partyOf(pod);
  const { to } = hop.path.path;
  return 'address' in to ? partyAt(evidence.cluster, to.address) : null;
}

export function portOf(hop: Hop): number {
  const to = hop.path.path.to;
  return to.kind === 'backend' || to.kind === 'external' ? to.port : 0;
}

/** What the policies at fault seem to have been meant to say about this hop. */
export function trapLines(evidence: Evidence, [hop]: readonly Hop[]): Line[] {
  const to = hop === undefined ? null : farPartyOf(evidence, hop);
  if (hop === undefined || to === null) return [];
  const { cluster, agents } = evidence;
  const { direction, policies } = hop.expectation;
  if (direction === null) return [];
  const service = serviceOf(evidence);
  const port = evidence.target.service?.port ?? null;
  const traps = trapsOf(
    {
      cluster,
      direction,
      from: agentParty({ cluster }, agents.get(hop.source.id) ?? hop.source, []),
      to,
      port: portOf(hop),
      protocol: 'TCP',
      service: service === null || port === null ? null : { addresses: service.clusterIps, port },
    },
    policies.flatMap((name) => policyNamed(evidence, name) ?? []),
  );
  return traps.map((says) => line('Trap', says));
}

/** The denied hops and the twins that share their fate. */
export function accountsOf(hops: readonly Hop[]): PathEvidence[] {
  return [...new Set(hops.flatMap((hop) => [hop.path, ...(hop.twin === null ? [] : [hop.twin])]))];
}

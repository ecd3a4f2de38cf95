/** What the diagnoses of NetworkPolicy share: hops that policy denies and that were measured to fail, beside their controls. */
import type { NetworkPolicy, ObjectName, Pod } from '../../model/cluster.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken } from '../evidence/state.ts';
import { hopsOf } from './hops.ts';
import type { Hop } from './hops.ts';

/** Hops of the asked identity that fail as policy says they must. */
export function deniedHops(evidence: Evidence, direction: 'ingress' | 'egress'): Hop[] {
  return hopsOf(evidence).filter(
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

export function portOf(hop: Hop): number {
  const to = hop.path.path.to;
  return to.kind === 'backend' ? to.port : 0;
}

/** The denied hops and the twins that share their fate. */
export function accountsOf(hops: readonly Hop[]): PathEvidence[] {
  return [...new Set(hops.flatMap((hop) => [hop.path, ...(hop.twin === null ? [] : [hop.twin])]))];
}

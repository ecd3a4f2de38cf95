import type { NetworkPolicy } from '../../model/cluster.ts';
import { type Direction, rulesOf, typesOf } from '../../judge/policy/policy-answer.ts';
import { policyRef } from '../material.ts';
import { policiesToJudge } from '../policy-parts.ts';
import type { Remark, Rule } from '../rule.ts';

export default {
  name: 'ignored-rules',
  ids: ['policy-ignores-rules'],
  class: 'policy',
  title: 'A part of a NetworkPolicy has no effect',
  why: 'Only the directions in policyTypes count. Without policyTypes a policy is about ingress, and about egress only if it has egress rules: "egress: []" alone forbids nothing.',
  looks: 'Rules of a direction that policyTypes leaves out; an empty egress list without policyTypes.',
  remedy: 'List both directions that are meant in policyTypes.',
  limits: 'An empty list is only seen in files: the API server drops it.',
  *check(material) {
    for (const policy of policiesToJudge(material)) {
      for (const direction of ['ingress', 'egress'] as const) {
        const says = whyIgnored(policy, direction);
        if (says !== null) yield remark(policy, direction, says);
      }
    }
  },
} satisfies Rule;

function whyIgnored(policy: NetworkPolicy, direction: Direction): string | null {
  const { policyTypes = [], egress } = policy.spec;
  if (typesOf(policy).includes(direction)) return null;
  if (rulesOf(policy, direction).length > 0)
    return `policyTypes lists ${policyTypes.join(', ')} only, so these rules count for nothing`;
  const isEmptyEgress = direction === 'egress' && policyTypes.length === 0 && Array.isArray(egress);
  return isEmptyEgress
    ? 'without policyTypes an empty egress list isolates nothing: everything is still let out'
    : null;
}

function remark(policy: NetworkPolicy, direction: Direction, says: string): Remark {
  const { namespace, name } = policy;
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  return {
    diagnosis: 'policy-ignores-rules',
    title: `NetworkPolicy ${namespace}/${name} says something about ${direction} that has no effect`,
    object: policyRef(policy),
    at: { path: ['spec', direction] },
    about: `spec.${direction}`,
    evidence: [['Who', says]],
    fix: { says: `Add ${type} to policyTypes, or remove the ${direction} list.`, manifest: null },
    settles: `kprobe diagnose with --from a pod of ${namespace}: what the list is meant to forbid gets through.`,
  };
}

/** Fewer and smaller policies that still show what the first ones showed. */
import type { World } from './random-world.ts';

type Policies = World['policies'];
type Policy = Policies[number];

/** `shows` of the result is true if it was of what came in; leaving out any one policy, rule, peer or port of it would hide it. */
export function shrink(policies: Policies, shows: (policies: Policies) => boolean): Policies {
  for (const smaller of smallerOf(policies)) {
    if (shows(smaller)) return shrink(smaller, shows);
  }
  return policies;
}

function* smallerOf(policies: Policies): Generator<Policies> {
  for (const index of policies.keys()) yield policies.toSpliced(index, 1);
  for (const [index, policy] of policies.entries()) {
    for (const spec of smallerSpecs(policy.spec)) yield policies.with(index, { ...policy, spec });
  }
}

function* smallerSpecs(spec: Policy['spec']): Generator<Policy['spec']> {
  for (const direction of ['ingress', 'egress'] as const) {
    const rules = spec[direction] ?? [];
    for (const index of rules.keys()) yield { ...spec, [direction]: rules.toSpliced(index, 1) };
    for (const [index, rule] of rules.entries()) {
      for (const smaller of smallerRules(rule)) yield { ...spec, [direction]: rules.toSpliced(index, 1, smaller) };
    }
  }
}

/** An empty list means everything, so the last of a list stays. */
function* smallerRules(rule: object): Generator<object> {
  for (const [key, list] of Object.entries(rule)) {
    if (!Array.isArray(list) || list.length < 2) continue;
    for (const index of list.keys()) yield { ...rule, [key]: list.toSpliced(index, 1) };
  }
}

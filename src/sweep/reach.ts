/** Whether a target is reached, by whom, and what NetworkPolicy says of it. Pure. */
import type { Expectation } from '../judge/evidence/evidence.ts';
import { expectationOf } from '../judge/evidence/expected.ts';
import { gatherEvidence } from '../judge/evidence/gather.ts';
import { isEnforced } from '../judge/policy/engines.ts';
import { list } from '../model/format.ts';
import type { Recording } from '../model/recording.ts';
import type { Reach, SweepTarget } from '../model/sweep.ts';
import { type Felt, usersEvidence } from './latency.ts';

/** Whether reachability itself is asked for. */
export function expectsReach({ expect }: Pick<SweepTarget, 'expect'>): boolean {
  return expect.some(({ kind }) => kind === 'reachable' || kind === 'unreachable');
}

export function reachOf(recording: Recording): Reach {
  const { paths, symptoms } = usersEvidence(recording);
  const refused = symptoms.filter(({ kind }) => kind === 'gateway-error').length;
  const sum = (of: (path: (typeof paths)[number]) => number) => paths.reduce((all, path) => all + of(path), 0);
  const asking = paths.filter(({ state }) => state !== 'unmeasured');
  // What pods see of a node is learnt on other paths than the user's.
  const whole = gatherEvidence(recording);
  const policy = combined(asking.map((path) => expectationOf(whole, path)));
  return {
    answered: sum(({ answered }) => answered.length) - refused,
    unanswered: sum(({ unanswered }) => unanswered.length) + refused,
    vantages: [...new Set(asking.map(({ from }) => from.kind))],
    endpoints: endpointsOf(recording),
    policy: { ...policy, policies: [...policy.policies], enforced: isEnforced(recording.cluster.networking) },
  };
}

function endpointsOf({ target: { service, direct } }: Recording): number {
  return service === null ? direct.length : service.backends.filter(({ ready }) => ready).length;
}

/** The attempts as an expectation counts them; their times are of no interest. */
export function feltReach({ answered, unanswered }: Reach): Felt {
  return { answeredMs: Array.from({ length: answered }, () => 0), unanswered };
}

/** One word for all paths, where they have one. */
function combined(all: readonly Expectation[]): Expectation {
  const [first] = all;
  if (first === undefined) return unknown('nothing was asked');
  if (all.some(({ verdict, direction }) => verdict !== first.verdict || direction !== first.direction))
    return unknown('the vantages or the pods differ in what policies say of them');
  const named = new Map(
    all.flatMap(({ policies }) => policies).map((each) => [`${each.namespace}/${each.name}`, each]),
  );
  return { ...first, policies: [...named.values()] };
}

function unknown(because: string): Expectation {
  return { verdict: 'unknown', direction: null, policies: [], because };
}

interface Met {
  readonly target: Pick<SweepTarget, 'from'>;
  readonly expected: 'reachable' | 'unreachable';
  readonly isMet: boolean;
}

/** Why what was measured says nothing of the client that was meant; null: it does. */
export function doubtOf({ target: { from }, expected, isMet }: Met, { vantages, policy }: Reach): string | null {
  if (from !== null && vantages.some((kind) => kind === 'control' || kind === 'local')) {
    return `asked with kprobe's own identity, not with that of ${from}`;
  }
  // As of every verdict: a twin that gets out may only be newer than its node's rules.
  const isNewborn = vantages.includes('twin') && policy.direction === 'egress' && policy.enforced !== 'no';
  if (expected === 'unreachable' && !isMet && isNewborn) {
    return `${named(policy)} denies it, and a node may not police a pod as new as the twin that asked`;
  }
  return null;
}

/** `NetworkPolicy shop/api-for-web denies it (ingress)`, or that none does. */
export function sayDenial({ policy }: Reach): string {
  switch (policy.verdict) {
    case 'deny': {
      const isIdle = policy.enforced === 'no' ? ', and nothing enforces it here' : '';
      return `${named(policy)} denies it (${policy.direction}${isIdle})`;
    }
    case 'allow':
      return 'no NetworkPolicy denies it';
    case 'unknown':
      return `policies do not tell: ${policy.because}`;
    default:
      return policy.verdict satisfies never;
  }
}

function named({ policies }: Reach['policy']): string {
  return `NetworkPolicy ${list(policies.map(({ namespace, name }) => `${namespace}/${name}`))}`;
}

/** What a policy agent knows of each pod at one moment: it needs time to learn a new one. Pure. */
import type { PolicyAgent } from '../model.ts';
import type { PolicyPod } from './policy-select.ts';

/** What happens to a pod's packets on its own node: what policies say, or what happens before these are known. */
export type Treatment = 'by-policy' | PolicyAgent['newborn'];

/** A pod and how long its network has been there, milliseconds. */
export interface AgedPod {
  readonly pod: PolicyPod;
  readonly ageMs: number;
}

export interface KnownPods {
  /** What each pod's own node does with it. */
  readonly subjects: readonly { readonly pod: PolicyPod; readonly treatment: Treatment }[];
  /** The pods that selectors of any policy can find. */
  readonly peers: readonly PolicyPod[];
  /** Until the agent learns the next thing, milliseconds; null when it knows all. */
  readonly nextMs: number | null;
}

export function knownPods(pods: readonly AgedPod[], agent: PolicyAgent): KnownPods {
  const { learnsAfterMs, newborn, matchedAfterMs } = agent;
  const waits = pods.flatMap(({ ageMs }) => [learnsAfterMs - ageMs, matchedAfterMs - ageMs]).filter((ms) => ms > 0);
  return {
    subjects: pods.map(({ pod, ageMs }) => ({ pod, treatment: ageMs < learnsAfterMs ? newborn : 'by-policy' })),
    peers: pods.filter(({ ageMs }) => ageMs >= matchedAfterMs).map(({ pod }) => pod),
    nextMs: waits.length === 0 ? null : Math.min(...waits),
  };
}

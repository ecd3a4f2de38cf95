/** Targets that are there, with what a first look at them takes. */
import type { Plan } from '../model/plan.ts';
import type { SweepTarget } from '../model/sweep.ts';
import type { Target } from '../model/target.ts';
import { PlanSharing } from '../plan/plan-sharing.ts';
import { screenOf } from '../plan/screen.ts';

/** A target of the sweep that this cluster has. */
export interface Candidate {
  readonly asked: SweepTarget;
  readonly target: Target;
  /** What of the plan the most thorough first look takes. */
  readonly screen: Plan;
  /** All that a diagnosis of this target alone would do. Made when it is asked for: of thousands of targets few are looked at twice. */
  readonly plan: () => Plan;
}

export function candidatesOf(
  targets: readonly Pick<Candidate, 'asked' | 'target'>[],
  planOf: (target: Target) => Plan,
): Candidate[] {
  const sharing = new PlanSharing();
  return targets.map(({ asked, target }, turn) => ({
    asked,
    target,
    screen: sharing.plan(screenOf(planOf(target), 'usual', turn)),
    plan: () => planOf(target),
  }));
}

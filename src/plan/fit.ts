/** What of a sweep fits into its time. Pure. */
import type { Plan } from '../model/plan.ts';
import { mergePlans, type Budget, type Merged } from './merge.ts';
import { screenOf, type Thoroughness } from './screen.ts';

export interface Fitted {
  readonly merged: Merged;
  /** How many of the plans are in it: the first ones. */
  readonly fitting: number;
}

const FROM_USUAL_TO_LIGHTEST: readonly Thoroughness[] = ['usual', 'light', 'lightest'];

/** A first look at all targets, of whose plans the usual screen is enough: as thorough as time allows; where even the lightest takes too long, at as many as fit. */
export function fitScreen(plans: readonly Plan[], budget: Budget, withinMs: number): Fitted {
  let lightest: readonly Plan[] = plans;
  for (const thoroughness of FROM_USUAL_TO_LIGHTEST) {
    lightest = plans.map((plan, turn) => screenOf(plan, thoroughness, turn));
    const merged = mergePlans(lightest, budget);
    if (merged.lastsMs <= withinMs) return { merged, fitting: plans.length };
  }
  return fitFirst(lightest, budget, withinMs);
}

/** As many of these plans as fit, from the first on; at least one. */
export function fitFirst(plans: readonly Plan[], budget: Budget, withinMs: number): Fitted {
  const all = mergePlans(plans, budget);
  if (all.lastsMs <= withinMs || plans.length < 2) return { merged: all, fitting: plans.length };
  let [low, high] = [1, plans.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (mergePlans(plans.slice(0, middle), budget).lastsMs <= withinMs) low = middle;
    else high = middle - 1;
  }
  return { merged: mergePlans(plans.slice(0, low), budget), fitting: low };
}

/** Whether a twin could do harm where it would stand. Pure. */
import { listAt, mapAt, nameOf, textAt, textsAt } from '../api/fields.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Identity } from '../model/plan.ts';

/** What counts pods by their labels in the twin's namespace; null: it may not be read, so harm cannot be excluded. */
export interface Counters {
  readonly budgets: readonly unknown[] | null;
  readonly autoscalers: readonly unknown[] | null;
}

/** The workload that owns the pod: what an autoscaler names as its target. */
export interface TwinQuestion {
  readonly identity: Identity;
  /** e.g. `web`, of a Deployment, StatefulSet or ReplicaSet. */
  readonly workloads: readonly string[];
  readonly services: Cluster['services'];
  readonly counters: Counters;
}

/** Why no twin may be made, in one line; null: it is safe. */
export function twinObjection({ identity, workloads, services, counters }: TwinQuestion): string | null {
  const { namespace, labels } = identity;
  const service = services.find(
    (each) =>
      each.namespace === namespace &&
      each.publishNotReadyAddresses &&
      Object.keys(each.selector).length > 0 &&
      Object.entries(each.selector).every(([key, value]) => labels[key] === value),
  );
  if (service !== undefined)
    return `Service ${namespace}/${service.name} would send clients to it (publishNotReadyAddresses)`;
  if (counters.budgets === null)
    return `may not list poddisruptionbudgets in namespace ${namespace}, and one might count it`;
  if (counters.autoscalers === null)
    return `may not list horizontalpodautoscalers in namespace ${namespace}, and one might count it`;
  const budget = counters.budgets.find((each) => selects(each, labels));
  if (budget !== undefined) return `PodDisruptionBudget ${namespace}/${nameOf(budget)?.name} would count it`;
  const autoscaler = counters.autoscalers.find((each) =>
    workloads.includes(textAt(each, 'spec', 'scaleTargetRef', 'name') ?? ''),
  );
  if (autoscaler !== undefined)
    return `HorizontalPodAutoscaler ${namespace}/${nameOf(autoscaler)?.name} would count it`;
  return null;
}

/** policy/v1: an empty selector selects every pod of the namespace, a missing one none. */
function selects(budget: unknown, labels: Readonly<Record<string, string>>): boolean {
  const selector = (budget as { spec?: { selector?: unknown } }).spec?.selector;
  if (typeof selector !== 'object' || selector === null) return false;
  const isEqual = Object.entries(mapAt(selector, 'matchLabels')).every(([key, value]) => labels[key] === value);
  return isEqual && listAt(selector, 'matchExpressions').every((each) => fits(each, labels));
}

/** An operator that is not known is taken to match: no twin is the safe side. */
function fits(expression: unknown, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[textAt(expression, 'key') ?? ''];
  switch (textAt(expression, 'operator')) {
    case 'In':
      return value !== undefined && textsAt(expression, 'values').includes(value);
    case 'NotIn':
      return value === undefined || !textsAt(expression, 'values').includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return true;
  }
}

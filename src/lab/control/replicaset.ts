/** ReplicaSet → pods, with adoption of orphans and deletion of the surplus. */
import type { KubeObject } from '../model.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { claim } from './ownership.ts';
import { byExpendability, createPod, deletePod, isActive, isReady } from './pods.ts';

/** As many pods as asked for. */
export const replicaSets: Controller = {
  watches: ['replicasets', 'pods', 'namespaces', 'resourcequotas'],
  reconcile(context) {
    for (const set of context.store.list('replicasets')) reconcileSet(context, set);
  },
};

function reconcileSet(context: ControllerContext, set: KubeObject): void {
  const { replicas, selector } = set['spec'];
  const pods = claim(context.store, set, { resource: 'pods', selector }).filter(isActive);
  let problem: string | null = null;
  if (set.metadata.deletionTimestamp === undefined) {
    for (let missing = replicas - pods.length; missing > 0 && problem === null; missing--) {
      const answer = createPod(context, set, {});
      if (answer.ok) pods.push(answer.object);
      else problem = answer.status.message;
    }
    const surplus = pods.length - replicas;
    if (surplus > 0) for (const pod of pods.sort(byExpendability).splice(0, surplus)) deletePod(context, pod);
  }
  const ready = pods.filter(isReady).length;
  const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: problem };
  // Each refusal names another generated pod: a new message each time would be a change each time, without end.
  const known = set['status']?.conditions ?? [failure];
  context.store.putStatus('replicasets', set.metadata.namespace ?? null, set.metadata.name, {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: set.metadata['generation'],
    conditions: problem === null ? null : known,
  });
}

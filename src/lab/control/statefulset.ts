/** StatefulSet → pods with stable names, one after the other. */
import type { KubeObject } from '../model.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { claim } from './ownership.ts';
import { createPod, deletePod, hasEnded, isReady, templateHash } from './pods.ts';

const HASH_LABEL = 'controller-revision-hash';

/** In order, unless the policy is Parallel; the last goes first. */
export const statefulSets: Controller = {
  watches: ['statefulsets', 'pods', 'namespaces', 'resourcequotas'],
  reconcile(context) {
    for (const set of context.store.list('statefulsets')) reconcileSet(context, set);
  },
};

function reconcileSet(context: ControllerContext, set: KubeObject): void {
  const { selector, replicas, template, podManagementPolicy } = set['spec'];
  const pods = claim(context.store, set, { resource: 'pods', selector });
  if (set.metadata.deletionTimestamp !== undefined) return;
  const hash = `${set.metadata.name}-${templateHash(template)}`;
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const name = `${set.metadata.name}-${ordinal}`;
    const pod = byName.get(name);
    if (pod === undefined) create(context, set, { name, ordinal, hash });
    else if (hasEnded(pod)) deletePod(context, pod);
    if (podManagementPolicy === 'OrderedReady' && (pod === undefined || !isReady(pod))) break;
  }
  const surplus = pods
    .filter((pod) => ordinalOf(set, pod) >= replicas)
    .sort((left, right) => ordinalOf(set, right) - ordinalOf(set, left));
  if (surplus[0] !== undefined && surplus[0].metadata.deletionTimestamp === undefined) deletePod(context, surplus[0]);
  replaceOutdated(context, pods, hash);
  const ready = pods.filter(isReady).length;
  context.store.putStatus('statefulsets', set.metadata.namespace ?? null, set.metadata.name, {
    replicas: pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: pods.length,
    updatedReplicas: pods.filter((pod) => pod.metadata.labels?.[HASH_LABEL] === hash).length,
    observedGeneration: set.metadata['generation'],
  });
}

function create(
  context: ControllerContext,
  set: KubeObject,
  pod: { name: string; ordinal: number; hash: string },
): void {
  createPod(context, set, {
    name: pod.name,
    labels: {
      [HASH_LABEL]: pod.hash,
      'statefulset.kubernetes.io/pod-name': pod.name,
      'apps.kubernetes.io/pod-index': `${pod.ordinal}`,
    },
    spec: { hostname: pod.name, subdomain: set['spec'].serviceName },
  });
}

function replaceOutdated(context: ControllerContext, pods: readonly KubeObject[], hash: string): void {
  if (pods.some((pod) => pod.metadata.deletionTimestamp !== undefined || !isReady(pod))) return;
  const outdated = pods.findLast((pod) => pod.metadata.labels?.[HASH_LABEL] !== hash);
  if (outdated !== undefined) deletePod(context, outdated);
}

function ordinalOf(set: KubeObject, pod: KubeObject): number {
  return Number(pod.metadata.name.slice(set.metadata.name.length + 1));
}

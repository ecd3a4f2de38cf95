/** Deployment → ReplicaSets: a rollout that keeps within maxSurge and maxUnavailable. */
import type { KubeObject } from '../model.ts';
import { timestamp } from '../api/store.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { claim, controllerReference } from './ownership.ts';
import { templateHash } from './pods.ts';

const HASH_LABEL = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';

/** One ReplicaSet for each template that the Deployment has had. */
export const deployments: Controller = {
  watches: ['deployments', 'replicasets'],
  reconcile(context) {
    for (const deployment of context.store.list('deployments')) reconcileDeployment(context, deployment);
  },
};

function reconcileDeployment(context: ControllerContext, deployment: KubeObject): void {
  const { store } = context;
  const sets = claim(store, deployment, { resource: 'replicasets', selector: deployment['spec'].selector });
  if (deployment.metadata.deletionTimestamp !== undefined) return;
  const hash = templateHash(deployment['spec'].template);
  const current =
    sets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash) ?? createSet(context, deployment, { hash, sets });
  if (current === null) return;
  const others = sets.filter((set) => set !== current);
  roll(context, deployment, { current, others });
  writeStatus(context, deployment, { current, others });
}

function createSet(
  context: ControllerContext,
  deployment: KubeObject,
  about: { hash: string; sets: readonly KubeObject[] },
): KubeObject | null {
  const { template, selector } = deployment['spec'];
  const labels = { ...template.metadata.labels, [HASH_LABEL]: about.hash };
  const revisions = about.sets.map((set) => Number(set.metadata.annotations?.[REVISION] ?? 0));
  const answer = context.store.create('replicasets', {
    metadata: {
      name: `${deployment.metadata.name}-${about.hash}`,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: { [REVISION]: `${Math.max(0, ...revisions) + 1}` },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      // The first one is as large as wanted; later ones grow as the old ones shrink.
      replicas: about.sets.length === 0 ? deployment['spec'].replicas : 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: about.hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  });
  return answer.ok ? answer.object : null;
}

interface Rollout {
  readonly current: KubeObject;
  readonly others: readonly KubeObject[];
}

function roll(context: ControllerContext, deployment: KubeObject, { current, others }: Rollout): void {
  const wanted: number = deployment['spec'].replicas;
  const old = others.filter((set) => set['spec'].replicas > 0);
  if (old.length === 0) return resize(context, current, wanted);
  if (deployment['spec'].strategy.type === 'Recreate') {
    for (const set of old) resize(context, set, 0);
    return;
  }
  const { maxSurge, maxUnavailable } = limitsOf(deployment, wanted);
  const total = sum([current, ...old], (set) => set['spec'].replicas);
  const grown = Math.min(wanted, current['spec'].replicas + Math.max(0, wanted + maxSurge - total));
  resize(context, current, grown);
  const available = sum([current, ...old], (set) => set['status']?.availableReplicas ?? 0);
  let removable = Math.max(0, available - (wanted - maxUnavailable));
  for (const set of old) {
    // Pods that are not available anyway cost nothing.
    const unavailable = set['spec'].replicas - (set['status']?.availableReplicas ?? 0);
    const gone = Math.min(set['spec'].replicas, removable + unavailable);
    removable -= Math.max(0, gone - unavailable);
    resize(context, set, set['spec'].replicas - gone);
  }
}

function limitsOf(deployment: KubeObject, wanted: number): { maxSurge: number; maxUnavailable: number } {
  const limits = deployment['spec'].strategy.rollingUpdate ?? {};
  const maxSurge = amount(limits.maxSurge ?? '25%', wanted, Math.ceil);
  const maxUnavailable = amount(limits.maxUnavailable ?? '25%', wanted, Math.floor);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

function amount(value: number | string, of: number, round: (number: number) => number): number {
  return typeof value === 'string' && value.endsWith('%')
    ? round((of * Number.parseInt(value, 10)) / 100)
    : Number(value);
}

function resize(context: ControllerContext, set: KubeObject, replicas: number): void {
  if (set['spec'].replicas !== replicas)
    context.store.update('replicasets', { ...set, spec: { ...set['spec'], replicas } });
}

function writeStatus(context: ControllerContext, deployment: KubeObject, { current, others }: Rollout): void {
  const all = [current, ...others];
  const available = sum(all, (set) => set['status']?.availableReplicas ?? 0);
  const wanted: number = deployment['spec'].replicas;
  const isAvailable = available >= wanted - limitsOf(deployment, wanted).maxUnavailable;
  context.store.putStatus('deployments', deployment.metadata.namespace ?? null, deployment.metadata.name, {
    observedGeneration: deployment.metadata['generation'],
    replicas: sum(all, (set) => set['status']?.replicas ?? 0),
    updatedReplicas: current['status']?.replicas ?? 0,
    readyReplicas: sum(all, (set) => set['status']?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available) || null,
    conditions: [
      condition(context, deployment, {
        type: 'Available',
        isTrue: isAvailable,
        reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      }),
      condition(context, deployment, {
        type: 'Progressing',
        isTrue: true,
        reason: available === wanted ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
      }),
    ],
  });
}

function condition(
  context: ControllerContext,
  object: KubeObject,
  now: { type: string; isTrue: boolean; reason: string },
): object {
  const status = now.isTrue ? 'True' : 'False';
  const conditions: { type: string; status: string; reason: string; lastTransitionTime: string }[] =
    object['status']?.conditions ?? [];
  const had = conditions.find(({ type }) => type === now.type);
  const lastTransitionTime = had?.status === status ? had.lastTransitionTime : timestamp(context.now());
  return { type: now.type, status, reason: now.reason, lastTransitionTime };
}

function sum(sets: readonly KubeObject[], of: (set: KubeObject) => number): number {
  return sets.reduce((total, set) => total + of(set), 0);
}

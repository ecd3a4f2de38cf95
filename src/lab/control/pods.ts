/** What controllers ask about pods, and how they make them. */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../model.ts';
import type { Answer } from '../api/status.ts';
import { recordEvent } from '../api/events.ts';
import type { ControllerContext } from './controller.ts';
import { controllerReference } from './ownership.ts';

/** Neither ended nor on its way out. */
export function isActive(pod: KubeObject): boolean {
  return !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function hasEnded(pod: KubeObject): boolean {
  return pod['status']?.phase === 'Succeeded' || pod['status']?.phase === 'Failed';
}

export function isReady(pod: KubeObject): boolean {
  const conditions: readonly { type: string; status: string }[] = pod['status']?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** A pod from a workload's template; a refusal becomes the event that Kubernetes writes. */
export function createPod(
  context: ControllerContext,
  owner: KubeObject,
  pod: { readonly name?: string; readonly labels?: object; readonly spec?: object },
): Answer {
  const template = owner['spec'].template;
  const answer = context.store.create('pods', {
    metadata: {
      ...(pod.name === undefined ? { generateName: `${owner.metadata.name}-` } : { name: pod.name }),
      namespace: owner.metadata.namespace,
      labels: { ...template.metadata.labels, ...pod.labels },
      annotations: template.metadata.annotations,
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...template.spec, ...pod.spec },
  });
  if (!answer.ok) {
    const message = `Error creating: ${answer.status.message}`;
    const component = `${owner.kind.toLowerCase()}-controller`;
    recordEvent(context.store, owner, {
      type: 'Warning',
      reason: 'FailedCreate',
      message,
      component,
      at: context.now(),
    });
  }
  return answer;
}

/** Deletes a pod with its own grace. */
export function deletePod(context: ControllerContext, pod: KubeObject): void {
  context.store.remove({ resource: 'pods', namespace: pod.metadata.namespace ?? null, name: pod.metadata.name });
}

/** Names a template, so that a changed one is distinguished. */
export function templateHash(template: unknown): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
}

/** The order in which surplus pods go: without a node, not ready, then the youngest (kubernetes `ActivePods`). */
export function byExpendability(left: KubeObject, right: KubeObject): number {
  return (
    Number(Boolean(left['spec'].nodeName)) - Number(Boolean(right['spec'].nodeName)) ||
    Number(isReady(left)) - Number(isReady(right)) ||
    Date.parse(right.metadata.creationTimestamp) - Date.parse(left.metadata.creationTimestamp) ||
    Number(right.metadata.resourceVersion) - Number(left.metadata.resourceVersion)
  );
}

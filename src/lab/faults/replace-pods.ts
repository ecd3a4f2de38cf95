/** Pods that are replaced one after the other, as by a rollout that never ends. */
import type { KubeObject } from '../model.ts';
import type { Fault } from '../scenario/fault.ts';

export interface Replaced {
  /** Those that may be, at this moment. */
  readonly struck: () => readonly KubeObject[];
  readonly remove: (pod: KubeObject, lateMs: number) => void;
}

/** Returns how to end it. */
export function replacePods(
  { everyS, lateS }: Extract<Fault, { kind: 'replace-pods' }>,
  { struck, remove }: Replaced,
): () => void {
  const cycle = setInterval(() => {
    const ready = struck().filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod));
    const [oldest, another] = ready.toSorted((a, b) => createdAt(a).localeCompare(createdAt(b)));
    if (oldest !== undefined && another !== undefined) remove(oldest, lateS * 1000);
  }, everyS * 1000);
  return () => clearInterval(cycle);
}

function isReady(pod: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = pod['status']?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

function createdAt({ metadata: { creationTimestamp, name } }: KubeObject): string {
  return `${creationTimestamp} ${name}`;
}

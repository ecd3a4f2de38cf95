/** What the workloads of a pod are called. Pure. */
import type { Pod } from '../model/cluster.ts';
import type { WorkloadKind } from './kinds.ts';

/** What the pod's workload of this kind is called; null: it has none. */
export function nameAs(pod: Pod, kind: WorkloadKind): string | null {
  if (kind === 'Pod') return pod.name;
  if (kind === 'Deployment') return deploymentOf(pod);
  return pod.owner?.kind === kind ? pod.owner.name : null;
}

/** The names by which a pod's workload may be called: its own, its owner's, that of the owner's owner. */
export function workloadNames(pod: Pod): string[] {
  return [pod.name, workloadOf(pod), ...(pod.owner === null ? [] : [pod.owner.name])];
}

/** The name that users know. */
export function workloadOf(pod: Pod): string {
  return deploymentOf(pod) ?? pod.owner?.name ?? pod.name;
}

/** A ReplicaSet of a Deployment is named after it and the hash of its template, which its pods carry as a label. null: it is no Deployment's. */
function deploymentOf({ owner, labels }: Pod): string | null {
  const suffix = `-${labels['pod-template-hash'] ?? ''}`;
  const isDeployments = owner?.kind === 'ReplicaSet' && suffix.length > 1 && owner.name.endsWith(suffix);
  return isDeployments ? owner.name.slice(0, -suffix.length) : null;
}

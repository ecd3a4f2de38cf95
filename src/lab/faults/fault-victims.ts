/** Which pods a fault strikes. */
import type { KubeObject } from '../model.ts';
import type { Fault } from '../scenario/fault.ts';

type PodFault = Extract<Fault, { to: { namespace: string } }>;

/** Is this fault one of pods, and not of the network between nodes? */
export function strikesPods(
  fault: Fault,
): fault is PodFault & { to: { namespace: string; labels: Record<string, string> } } {
  return 'to' in fault && typeof fault.to === 'object';
}

export interface Victims {
  /** Does the fault strike this pod? */
  strikes(fault: Fault, pod: KubeObject): boolean;
}

/**
 * Loss is the network's doing and strikes whoever carries the labels, also a pod made later for a test. Death is a
 * workload's: it strikes pods whose owner is a workload, or who have none, and with `replicas` only the first ones
 * that were there when the fault began.
 * @param pods the pods at that moment.
 */
export function chooseVictims(faults: readonly Fault[], pods: readonly KubeObject[]): Victims {
  const chosen = new Map(faults.map((fault) => [fault, firstReplicas(fault, pods)]));
  return {
    strikes: (fault, pod) => {
      const only = chosen.get(fault) ?? null;
      return only === null ? isMeant(fault, pod) : only.has(pod.metadata.uid);
    },
  };
}

function firstReplicas(fault: Fault, pods: readonly KubeObject[]): Set<string> | null {
  const count = 'replicas' in fault ? fault.replicas : undefined;
  if (count === undefined) return null;
  const meant = pods
    .filter((pod) => isMeant(fault, pod))
    .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  return new Set(meant.slice(0, count).map((pod) => pod.metadata.uid));
}

const WORKLOADS = new Set(['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job']);

function isMeant(fault: Fault, pod: KubeObject): boolean {
  if (!strikesPods(fault) || pod.metadata.namespace !== fault.to.namespace) return false;
  if (!Object.entries(fault.to.labels).every(([key, value]) => pod.metadata.labels?.[key] === value)) return false;
  if ('on' in fault && fault.on !== undefined && pod['spec']?.nodeName !== fault.on) return false;
  if (fault.kind !== 'blackhole' && fault.kind !== 'kill-process' && fault.kind !== 'replace-pods') return true;
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner === undefined || WORKLOADS.has(owner.kind);
}

/** The workloads whose pods are endpoints of the asked Service. */
import type { Pod } from '../../model/cluster.ts';
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';

export interface WorkloadView {
  /** e.g. `Deployment brochure-import`. */
  readonly name: string;
  readonly pods: readonly Pod[];
  /** HTTP requests straight to these pods that were answered. */
  readonly direct: readonly PathEvidence[];
}

export const workloadsBehind = derived((evidence: Evidence): readonly WorkloadView[] => {
  const { cluster, target } = evidence;
  const names = (target.service?.backends ?? []).flatMap(({ ready, pod }) => (ready && pod !== null ? [pod] : []));
  const pods = cluster.pods.filter((pod) =>
    names.some((each) => each.namespace === pod.namespace && each.name === pod.name),
  );
  return [...Map.groupBy(pods, (pod) => workloadOf(evidence, pod))].map(([name, own]) => ({
    name,
    pods: own,
    direct: evidence.paths.filter(
      ({ path: { to, probe }, answered }) =>
        probe.kind === 'http' &&
        to.kind === 'backend' &&
        answered.length > 0 &&
        own.some((pod) => pod.namespace === to.pod?.namespace && pod.name === to.pod.name),
    ),
  }));
});

/** Revisions of a Deployment are one workload: its pod labels tell, else the owner's name without the hash of its template. */
function workloadOf({ cluster }: Evidence, pod: Pod): string {
  const found = cluster.workloads?.find(
    ({ kind, namespace, name, podLabels }) =>
      namespace === pod.namespace &&
      (pod.owner?.kind === kind
        ? pod.owner.name === name
        : kind === 'Deployment' && pod.owner?.name.startsWith(`${name}-`) === true) &&
      Object.entries(podLabels).every(([key, value]) => pod.labels[key] === value),
  );
  if (found !== undefined) return `${found.kind} ${found.name}`;
  const hash = pod.labels['pod-template-hash'];
  const owner = pod.owner ?? { kind: 'Pod', name: pod.name };
  return hash === undefined
    ? `${owner.kind} ${owner.name}`
    : `Deployment ${owner.name.replace(new RegExp(`-${hash}$`), '')}`;
}

/** Whose pods paths lead to. */
import type { Finding } from '../../model/verdict.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';

/** The workload of the pods that these paths end at where they share one, else the first pod; null where they end at none. */
export function ownerOf(evidence: Evidence, paths: readonly PathEvidence[]): Finding['object'] {
  const pods = evidence.cluster.pods.filter((pod) =>
    paths.some(
      ({ path: { to } }) => to.kind === 'backend' && to.pod?.namespace === pod.namespace && to.pod.name === pod.name,
    ),
  );
  const [pod] = pods;
  if (pod === undefined) return null;
  const owners = new Set(pods.map((each) => `${each.owner?.kind} ${each.owner?.name}`));
  const isShared = pods.length > 1 && owners.size === 1 && pod.owner !== null;
  return isShared && pod.owner !== null
    ? { kind: pod.owner.kind, namespace: pod.namespace, name: pod.owner.name }
    : { kind: 'Pod', namespace: pod.namespace, name: pod.name };
}

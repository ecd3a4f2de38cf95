/** Pods that are not Ready as their own node's network reaches them: from where a kubelet probes. */
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken } from '../evidence/state.ts';

/** Measured paths from the node of an unready pod to that pod; empty where none was worth asking. */
export function ownNodePaths({ paths }: Evidence): PathEvidence[] {
  return paths.filter(
    ({ path, state }) =>
      path.experiments.includes('unready-endpoints') && path.to.kind === 'backend' && state !== 'unmeasured',
  );
}

/** Somebody dropped or rejected it; an RST is the pod's own answer. */
export function isKeptAway(path: PathEvidence): boolean {
  return isBroken(path) && path.state !== 'refused';
}

/** Pods that were told to stop while they were asked: from then on nobody need answer at their addresses. */
import type { Departure } from '../../model/recording.ts';
import type { Attempt, Evidence, PathEvidence } from './evidence.ts';

/** The API tells whole seconds, and clocks of nodes differ by some of them at most where anything works. Milliseconds. */
const CLOCKS_MS = 1500;

/** The one that this path's far end made; null: it is there. */
export function departureOf({ recording }: Evidence, { path: { to } }: PathEvidence): Departure | null {
  if (to.kind !== 'backend' || to.pod === null) return null;
  const { namespace, name } = to.pod;
  return recording.departures?.find(({ pod }) => pod.namespace === namespace && pod.name === name) ?? null;
}

/** Its attempts failed since the pod at its end was told to stop, and not before. */
export function isAbandoned(evidence: Evidence, path: PathEvidence): boolean {
  const departure = departureOf(evidence, path);
  return departure !== null && path.unanswered.length > 0 && path.unanswered.every((each) => isSince(departure, each));
}

export function isSince({ toldAt }: Departure, { sample }: Attempt): boolean {
  return toldAt === null || sample.at >= toldAt - CLOCKS_MS;
}

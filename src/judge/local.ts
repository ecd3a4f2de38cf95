/**
 * The machine where the CLI runs may stand where the cluster cannot be reached at all. What it alone cannot reach, while
 * vantages inside reach it, says nothing of the cluster: its samples leave the evidence and a line says so.
 */
import type { Gap } from '../model/cluster.ts';
import type { Evidence, PathEvidence } from './evidence/evidence.ts';

export function settleLocal(evidence: Evidence): { readonly evidence: Evidence; readonly gaps: Gap[] } {
  const local = evidence.paths.filter((path) => path.from.kind === 'local');
  const deaf = new Set(
    local.filter((path) => path.shots.length > 0 && path.answered.length === 0 && othersReach(evidence, path)),
  );
  if (deaf.size === 0) return { evidence, gaps: [] };
  const paths = evidence.paths.filter((path) => !deaf.has(path));
  const symptoms = evidence.symptoms.filter((symptom) => !deaf.has(symptom.path));
  const what =
    deaf.size === local.length ? 'the way from this machine' : `${deaf.size} of ${local.length} ways from this machine`;
  const because = 'nothing answers this machine there, while vantages in the cluster are answered';
  return { evidence: { ...evidence, paths, symptoms }, gaps: [{ what, because }] };
}

/** Connected is enough: an entry that answers the connect and then takes 15 s is reached. */
function othersReach(evidence: Evidence, path: PathEvidence): boolean {
  const to = path.path.to;
  if (!('address' in to)) return false;
  const neverConnected = path.shots.every(
    ({ sample }) => 'phase' in sample.outcome && sample.outcome.phase === 'connect',
  );
  if (!neverConnected) return false;
  return evidence.paths.some(
    (other) =>
      other.from.kind !== 'local' &&
      'address' in other.path.to &&
      other.path.to.address === to.address &&
      other.shots.some(({ sample }) => sample.phases['first-byte'] !== undefined),
  );
}

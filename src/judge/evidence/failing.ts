/** Which paths fail, and which of them are meant to: the arms that a verdict must account for. */
import type { Evidence, PathEvidence } from './evidence.ts';

/** One lost attempt beside answered ones is chance, the second a pattern. */
const OFTEN = 2;

/** Nothing was answered, attempts are lost again and again, or the answers are not those of its siblings. */
export function isFailing(evidence: Evidence, path: PathEvidence): boolean {
  if (path.state === 'unmeasured') return false;
  return path.answered.length === 0 || path.unanswered.length >= OFTEN || evidence.differences.has(path.path.id);
}

/** Policy denies it to this identity, as it was measured; or a matrix tries which packets pass whole: that a large one does not is an answer. */
export function isMeantToFail(evidence: Evidence, { path, answered }: PathEvidence): boolean {
  if (evidence.target.kind === 'nodes' && path.to.kind === 'agent' && !path.isUsers) return true;
  return answered.length === 0 && evidence.expectations.get(path.id)?.verdict === 'deny';
}

/** What policy says of a path, where it was evaluated at all. */
import type { Evidence, Expectation, PathEvidence } from './evidence.ts';

const UNKNOWN: Expectation = { verdict: 'unknown', direction: null, policies: [], because: 'not evaluated' };

export function expectationOf(evidence: Evidence, path: PathEvidence): Expectation {
  return evidence.expectations.get(path.path.id) ?? UNKNOWN;
}

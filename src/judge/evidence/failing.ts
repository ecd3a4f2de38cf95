/** Which paths fail, and which of them are meant to: the arms that a verdict must account for. */
import type { Sample } from '../../../probes/wire.ts';
import type { Evidence, PathEvidence } from './evidence.ts';
import { isBroken, isWorking } from './state.ts';

/** One lost attempt beside answered ones is chance, the second a pattern. */
const OFTEN = 2;

/** Nothing was answered or only errors, attempts are lost again and again, or the answers are not those of its siblings. */
export function isFailing(evidence: Evidence, path: PathEvidence): boolean {
  if (path.state === 'unmeasured') return false;
  const errors = path.answered.filter(({ sample }) => isErrorAnswer(sample)).length;
  const failed = path.unanswered.length + errors;
  return errors === path.answered.length || failed >= OFTEN || evidence.differences.has(path.path.id);
}

/** Answers that say "I failed": HTTP 5xx (RFC 9110, 15.6), and DNS codes that say nothing of the name (RFC 1035, 4.1.1: all but NOERROR and NXDOMAIN). */
function isErrorAnswer({ http, dns }: Sample): boolean {
  return (http?.status ?? 0) >= 500 || (dns !== null && dns.rcode !== 'NOERROR' && dns.rcode !== 'NXDOMAIN');
}

/**
 * Policy denies it to this identity, and not even a connect got through; or a matrix tries which packets pass whole, or it is a mere contrast: that
 * it fails is an answer. Where endpoints of a Service answer the same vantage, no policy closes the Service to it.
 */
export function isMeantToFail(evidence: Evidence, measured: PathEvidence): boolean {
  const { path } = measured;
  if (evidence.target.kind === 'nodes' && path.to.kind === 'agent' && !path.userFacing) return true;
  if (isMereContrast(measured)) return true;
  const isDenied = isBroken(measured) && evidence.expectations.get(path.id)?.verdict === 'deny';
  return isDenied && !(path.to.kind === 'service' && isServedBehind(evidence, measured));
}

function isServedBehind(evidence: Evidence, { from }: PathEvidence): boolean {
  return evidence.paths.some(
    (other) => other.from.id === from.id && other.path.to.kind === 'backend' && isWorking(other),
  );
}

/** Nobody sends there: only where the port that is sent to fails does it matter whether this one answers. */
export function isMereContrast({ path: { experiments } }: PathEvidence): boolean {
  return experiments.length > 0 && experiments.every((id) => id === 'declared-ports');
}

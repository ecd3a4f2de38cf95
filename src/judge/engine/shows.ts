/** What a cause makes of answers further up: by which delays it shows there. */
import type { Evidence, PathEvidence, Symptom } from '../evidence/evidence.ts';
import { answerLimitOf, proxyOf } from '../evidence/proxy.ts';
import { isWorking } from '../evidence/state.ts';
import { isWithin, windowOf } from '../evidence/window.ts';

/** More tries than this take longer than anyone waits. */
const MOST_TRIES = 10;

export type SymptomTest = (symptom: Symptom) => boolean;

/**
 * Whether a proxy above these failing paths makes such an answer: an error, or a delay of whole connect timeouts where they stay silent, or of
 * the times that they took to fail by themselves (3.07 s of a neighbour that is not there), and then of the endpoint that answers instead. Without
 * a known connect timeout any delay may be.
 */
export function throughProxy(evidence: Evidence, failing: readonly PathEvidence[]): SymptomTest {
  const connectTimeoutMs = proxyOf(evidence)?.connectTimeoutMs ?? null;
  const isSilent = failing.some(({ state }) => state !== 'refused' && state !== 'rejected');
  const ownMs = failing.flatMap(({ unanswered }) => unanswered.flatMap(({ sample }) => endedMs(sample)));
  const insteadMs = slowestEndpointMs(evidence);
  const isOfTries = (ms: number, stepMs: number) => isMultiple(ms, stepMs, insteadMs);
  return ({ kind, path, attempt }) => {
    if (kind !== 'slow' || path.path.to.kind !== 'entry') return true;
    const ms = attempt.sample.totalMs;
    if (isSilent && connectTimeoutMs === null) return true;
    return (
      (isSilent && connectTimeoutMs !== null && isOfTries(ms, connectTimeoutMs)) ||
      ownMs.some((own) => isOfTries(ms, own))
    );
  };
}

/** When an attempt failed by itself; nothing for one that was given up or cut. */
function endedMs({ outcome, totalMs }: Symptom['attempt']['sample']): number[] {
  return outcome.kind === 'silent' || outcome.kind === 'cut' || totalMs < 1 ? [] : [totalMs];
}

/** What the slowest of the endpoints that answer takes by itself, milliseconds. */
function slowestEndpointMs({ paths }: Evidence): number {
  const direct = paths.filter((path) => path.path.to.kind === 'backend' && isWorking(path));
  return Math.max(0, ...direct.flatMap((path) => path.median('total') ?? []));
}

/** Some tries of one timer, and at most so much after the last of them. */
function isMultiple(ms: number, stepMs: number, afterwardsMs: number): boolean {
  return Array.from({ length: MOST_TRIES }, (_, tries) => windowOf((tries + 1) * stepMs)).some(
    ([low, high]) => ms >= low && ms <= high + afterwardsMs,
  );
}

/** Late answers between these bounds, milliseconds; no failures. */
export function lateBy(lowMs: number, highMs: number): SymptomTest {
  return ({ kind, attempt }) => kind === 'slow' && attempt.sample.totalMs >= lowMs && attempt.sample.totalMs <= highMs;
}

/** What a proxy says when the answer that it waited for has not come in time (RFC 9110, 15.6.5). */
const GATEWAY_TIMEOUT = 504;

/** Answers of the proxy in place of what takes up to `highMs` behind it: when its limit has passed, once or as often as it tries. */
export function endedByProxy(evidence: Evidence, highMs: number): SymptomTest {
  const limit = answerLimitOf(evidence);
  if (limit === null || limit.ms > highMs) return () => false;
  const tries = Math.min(MOST_TRIES, limit.tries);
  return ({ path, attempt: { sample } }) =>
    path.path.to.kind === 'entry' &&
    sample.http?.status === GATEWAY_TIMEOUT &&
    Array.from({ length: tries }, (_, done) => (done + 1) * limit.ms).some(
      (ms) => isWithin(sample.totalMs, ms) || isWithin(sinceRequest(sample), ms),
    );
}

/** The proxy's clock runs from the request: what connect and handshake took before is none of its time. */
function sinceRequest({ phases }: Symptom['attempt']['sample']): number {
  return (phases['first-byte'] ?? 0) + (phases.body ?? 0);
}

/** What a cause makes of answers further up: by which delays it shows there. */
import type { Evidence, PathEvidence, Symptom } from '../evidence/evidence.ts';
import { proxyOf } from '../evidence/proxy.ts';

/** A proxy's own work around a timer, and the wake-up of its event loop on a busy node, milliseconds. */
const TIMER_SLACK_MS = 600;
/** More tries than this take longer than anyone waits. */
const MOST_TRIES = 10;

export type SymptomTest = (symptom: Symptom) => boolean;

/**
 * Whether a proxy above these failing paths makes such an answer: an error, or a delay of whole connect timeouts where they stay silent, or of
 * the times that they took to fail by themselves (3.07 s of a neighbour that is not there). Without a known connect timeout any delay may be.
 */
export function throughProxy(evidence: Evidence, failing: readonly PathEvidence[]): SymptomTest {
  const connectTimeoutMs = proxyOf(evidence)?.connectTimeoutMs ?? null;
  const isSilent = failing.some(({ state }) => state !== 'refused' && state !== 'rejected');
  const ownMs = failing.flatMap(({ unanswered }) => unanswered.flatMap(({ sample }) => endedMs(sample)));
  return ({ kind, path, attempt }) => {
    if (kind !== 'slow' || path.path.to.kind !== 'entry') return true;
    const ms = attempt.sample.totalMs;
    if (isSilent && connectTimeoutMs === null) return true;
    return (
      (isSilent && connectTimeoutMs !== null && isMultiple(ms, connectTimeoutMs)) ||
      ownMs.some((own) => isMultiple(ms, own))
    );
  };
}

/** When an attempt failed by itself; nothing for one that was given up or cut. */
function endedMs({ outcome, totalMs }: Symptom['attempt']['sample']): number[] {
  return outcome.kind === 'silent' || outcome.kind === 'cut' || totalMs < 1 ? [] : [totalMs];
}

function isMultiple(ms: number, stepMs: number): boolean {
  const tries = Math.round(ms / stepMs);
  return tries >= 1 && tries <= MOST_TRIES && ms >= tries * stepMs - 10 && ms <= tries * stepMs + TIMER_SLACK_MS;
}

/** Late answers between these bounds, milliseconds; no failures. */
export function lateBy(lowMs: number, highMs: number): SymptomTest {
  return ({ kind, attempt }) => kind === 'slow' && attempt.sample.totalMs >= lowMs && attempt.sample.totalMs <= highMs;
}

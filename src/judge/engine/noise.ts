/** What users felt that makes nobody ill: a busy moment, next to nothing of a great many, or kprobe's own pods as they start. */
import type { Attempt, Evidence, Symptom } from '../evidence/evidence.ts';
import { proxyOf } from '../evidence/proxy.ts';
import { isWithin } from '../evidence/window.ts';

/** At most this share of the user's attempts, and slow by less than this factor: a busy moment, told but no fault. */
const NOISE_SHARE = 0.1;
const NOISE_FACTOR = 2;
/** Of thousands of attempts, a few are always lost somewhere: at most so many, and never two on one path. */
export const RARE_SHARE = 0.001;

/** All that is left is a few answers a little late, each of them an answer; late answers of starved nodes; or next to nothing of a great many. */
export function isNoise(evidence: Evidence, left: readonly Symptom[]): boolean {
  const users = evidence.paths.filter((path) => path.path.userFacing);
  const tried = users.reduce((sum, path) => sum + path.answered.length + path.unanswered.length, 0);
  const isMild = ({ kind, attempt: { sample } }: Symptom) =>
    kind === 'slow' && sample.totalMs < NOISE_FACTOR * evidence.slowAfterMs;
  const isScattered = new Set(left.map(({ path }) => path)).size === left.length;
  if (left.length <= RARE_SHARE * tried && isScattered) return true;
  const isExcused = (symptom: Symptom) =>
    isStarved(symptom) && (!isOnProxyTimer(evidence, symptom) || isOfStart(evidence, symptom));
  const felt = left.filter((symptom) => !isExcused(symptom));
  return felt.every(isMild) && felt.length <= NOISE_SHARE * tried;
}

/** Some task of the node waited for a CPU in this share of the attempt: what processes take then is no time of the network's. */
const STARVED_SHARE = 0.3;

/** What is left of a time without all waiting for a CPU may be no more than a busy moment, milliseconds: a task that waits for a CPU is in that share. */
const REST_MS = 1000;

export function isStarved({ kind, attempt: { sample } }: Symptom): boolean {
  const isRepeated = sample.synRetransmissions > 0 || sample.dataRetransmissions > 0;
  const pressure = sample.cpuPressure ?? 0;
  return kind === 'slow' && pressure >= STARVED_SHARE && sample.totalMs * (1 - pressure) < REST_MS && !isRepeated;
}

/** After whole connect timeouts of the proxy: processes that wait for a CPU answer late, and not at that very time. */
function isOnProxyTimer(evidence: Evidence, { path, attempt: { sample } }: Symptom): boolean {
  const timeoutMs = proxyOf(evidence)?.connectTimeoutMs ?? null;
  if (timeoutMs === null || path.path.to.kind !== 'entry') return false;
  return isWithin(sample.totalMs, Math.max(1, Math.round(sample.totalMs / timeoutMs)) * timeoutMs);
}

/** Fewer prompt answers may be luck: what takes one request in eight is seen by twenty of them in 93 of 100 runs. */
const FEWEST_AFTER = 20;

/** Asked while kprobe's own pods still started, which takes the CPUs of a small node for seconds; once all of them had spoken, entries were in time. */
function isOfStart({ recording, paths, slowAfterMs }: Evidence, { attempt }: Symptom): boolean {
  const begunAt = Math.max(...recording.hellos.map(({ at }) => at));
  const entries = paths.filter(({ path }) => path.userFacing && path.to.kind === 'entry');
  const isPrompt = ({ sample: { at, totalMs } }: Attempt) => at > begunAt && totalMs < slowAfterMs;
  return (
    attempt.sample.at <= begunAt && entries.flatMap(({ answered }) => answered.filter(isPrompt)).length >= FEWEST_AFTER
  );
}

/** What a path is, in one word: whether anything got through. */
import type { Outcome } from '../../../probes/wire.ts';
import type { PathEvidence, Attempt } from './evidence.ts';

/** Nothing got through, and it was measured: no connect succeeded, no datagram was answered. */
export function isBroken(path: PathEvidence): boolean {
  return isDead(path) && !path.unanswered.some(hasConnected);
}

/** Connects succeed, for the kernel makes them, and then nothing is ever said: the process is there and hangs. An answer that has begun and goes on is none of it. */
export function isHung(path: PathEvidence): boolean {
  return (
    isDead(path) &&
    path.unanswered.every(
      (attempt) => hasConnected(attempt) && isWaiting(attempt.sample.outcome.kind) && !hasBegun(attempt),
    )
  );
}

/** Connects succeed, and each is closed or reset by the other side before the first byte of an answer. */
export function isMute(path: PathEvidence): boolean {
  return (
    isDead(path) &&
    path.unanswered.every(
      (attempt) => hasConnected(attempt) && !isWaiting(attempt.sample.outcome.kind) && !hasBegun(attempt),
    )
  );
}

function hasBegun({ sample: { phases } }: Attempt): boolean {
  return phases.body !== undefined;
}

function isDead({ state }: PathEvidence): boolean {
  return state === 'silent' || state === 'refused' || state === 'rejected' || state === 'dead';
}

/** A TCP connection stood when the attempt failed. */
function hasConnected({ sample: { outcome, phases } }: Attempt): boolean {
  return outcome.kind !== 'answered' && outcome.phase !== 'connect' && phases.connect !== undefined;
}

function isWaiting(kind: Outcome['kind']): boolean {
  return kind === 'silent' || kind === 'cut';
}

/** Something got through. */
export function isWorking(path: PathEvidence): boolean {
  return path.answered.length > 0;
}

/** Rejects by ICMP: at once, or by the clock of repeated SYNs where the kernel of the rejecting host rations them. */
import type { PathEvidence, Attempt } from '../evidence/evidence.ts';

/** A round trip and a busy machine, milliseconds; the first SYN is repeated after 1 s. */
const SOON_MS = 500;
/** Of the attempts, so many must have been rejected at once: of those that wait for a neighbour (3 s) together, one in four ends so soon. */
const SOON_SHARE = 0.5;

/** Rejected mostly at once. An error about the host is also what a neighbour that is not there ends in, so for that a repeated SYN is no sign. */
export function isSoon({ unanswered }: PathEvidence): boolean {
  const soon = unanswered.filter(
    (attempt) => isAtOnce(attempt) || (attempt.sample.outcome.kind === 'refused' && isRepeated(attempt)),
  );
  return soon.some(isAtOnce) && soon.length >= SOON_SHARE * unanswered.length;
}

/** Rejects that only a repeated SYN met. */
export function rationedOf(paths: readonly PathEvidence[]): Attempt[] {
  return paths.flatMap(({ unanswered }) => unanswered.filter((attempt) => !isAtOnce(attempt) && isRepeated(attempt)));
}

function isAtOnce({ sample }: Attempt): boolean {
  return sample.totalMs < SOON_MS;
}

function isRepeated({ sample }: Attempt): boolean {
  return sample.synRetransmissions > 0;
}

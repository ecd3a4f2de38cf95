/** Rejects by ICMP: at once, or by the clock of repeated SYNs where the kernel of the rejecting host rations them. */
import type { PathEvidence, Attempt } from '../evidence/evidence.ts';
import { sawIcmpError } from '../evidence/refusal.ts';

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

/**
 * Rejected, and mostly not even told of it: another program that asks from the same address (the ingress on the host network) had used the
 * ration up.
 */
export function isRationedOut({ state, answered, unanswered }: PathEvidence): boolean {
  const told = unanswered.filter(isReject);
  const isLeft = ({ sample: { outcome, synRetransmissions } }: Attempt) =>
    'phase' in outcome && outcome.phase === 'connect' && synRetransmissions > 0;
  const rest = unanswered.filter((attempt) => !told.includes(attempt));
  return (state === 'dead' || state === 'rejected') && answered.length === 0 && told.length > 0 && rest.every(isLeft);
}

/** By an ICMP error that the kernel counted, told as refused or as unreachable. */
export function isReject({ sample: { outcome, counters, local } }: Attempt): boolean {
  return (outcome.kind === 'refused' || outcome.kind === 'unreachable') && sawIcmpError(counters, local);
}

/**
 * The first moments of a probe pod: its routes and addresses reach other nodes a while after it starts, a policy takes a while to
 * reach it or to learn its address. What an attempt meets then is the making of a pod, not the cluster that applications see.
 */
import type { Sample } from '../../../probes/wire.ts';
import type { Attempt } from './evidence.ts';

/** Enforcers follow the API by watches and batches; what is not enforced after this long is not "not yet". Milliseconds. */
const NEWBORN_MS = 4000;
/** A change is a change when it lasts: one odd attempt at the end is no new state. */
const LASTING = 2;

/**
 * The attempts of a path from or to a young pod, without those of its first moments: attempts at the very start that all ended one
 * way, where all the later ones ended the other way.
 */
export function withoutFirstMoments(attempts: readonly Attempt[], helloAt: number): readonly Attempt[] {
  const inOrder = attempts.filter(isTelling).toSorted((a, b) => a.sample.at - b.sample.at);
  const last = inOrder.at(-1);
  if (last === undefined) return attempts;
  const isSame = (attempt: Attempt) => isTroubled(attempt.sample) === isTroubled(last.sample);
  const turn = inOrder.findIndex(isSame);
  const [before, after] = [inOrder.slice(0, turn), inOrder.slice(turn)];
  const isTurn = before.length > 0 && after.length >= LASTING && after.every(isSame);
  return isTurn && before.every(({ sample }) => sample.at - helloAt <= NEWBORN_MS) ? after : attempts;
}

/** A wait that was cut sooner is neither trouble nor its end. Milliseconds. */
const TELLING_WAIT_MS = 2500;

function isTelling({ sample: { outcome } }: Attempt): boolean {
  return outcome.kind !== 'cut' || outcome.waitedMs >= TELLING_WAIT_MS;
}

function isTroubled(sample: Sample): boolean {
  return sample.outcome.kind !== 'answered' || sample.synRetransmissions > 0;
}

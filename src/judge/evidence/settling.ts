/**
 * The first moments of a probe pod: its routes and addresses reach other nodes a while after it starts, a policy takes a while to
 * reach it or to learn its address. What an attempt meets then is the making of a pod, not the cluster that applications see.
 */
import type { Sample } from '../../../probes/wire.ts';
import type { Shot } from './evidence.ts';

/** Enforcers follow the API by watches and batches; what is not enforced after this long is not "not yet". Milliseconds. */
const SETTLING_MS = 4000;
/** A change is a change when it lasts: one odd attempt at the end is no new state. */
const LASTING = 2;

/**
 * The shots of a path from or to a young pod, without those of its first moments: attempts at the very start that all ended one
 * way, where all the later ones ended the other way.
 */
export function settled(shots: readonly Shot[], helloAt: number): readonly Shot[] {
  const inOrder = shots.filter(isTelling).toSorted((a, b) => a.sample.at - b.sample.at);
  const last = inOrder.at(-1);
  if (last === undefined) return shots;
  const isSame = (shot: Shot) => isTroubled(shot.sample) === isTroubled(last.sample);
  const turn = inOrder.findIndex(isSame);
  const [before, after] = [inOrder.slice(0, turn), inOrder.slice(turn)];
  const isTurn = before.length > 0 && after.length >= LASTING && after.every(isSame);
  return isTurn && before.every(({ sample }) => sample.at - helloAt <= SETTLING_MS) ? after : shots;
}

/** A wait that was cut sooner is neither trouble nor its end. Milliseconds. */
const TELLING_WAIT_MS = 2500;

function isTelling({ sample: { outcome } }: Shot): boolean {
  return outcome.kind !== 'cut' || outcome.waitedMs >= TELLING_WAIT_MS;
}

function isTroubled(sample: Sample): boolean {
  return sample.outcome.kind !== 'answered' || sample.synRetransmissions > 0;
}

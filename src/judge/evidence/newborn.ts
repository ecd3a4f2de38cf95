/**
 * The first moments of a probe pod: its routes and addresses reach other nodes a while after it starts, a policy takes a while to
 * reach it or to learn its address. What an attempt meets then is the making of a pod, not the cluster that applications see.
 */
import type { Sample } from '../../../probes/wire.ts';
import { isHindered } from '../../../probes/wire.ts';
import type { Attempt } from './evidence.ts';
import { tellsSomething } from './usable.ts';

/** Enforcers follow the API by watches and batches; what is not enforced after this long is not "not yet". Milliseconds. */
const NEWBORN_MS = 4000;
/** A change is a change when it lasts: one odd attempt at the end is no new state. */
const LASTING = 2;

/**
 * The attempts of a path from or to a young pod, without those of its first moments: attempts at the very start that all ended one
 * way, where all the later ones ended the other way.
 */
export function withoutFirstMoments(attempts: readonly Attempt[], helloAt: number): readonly Attempt[] {
  const inOrder = attempts
    .filter(({ sample }) => tellsSomething(sample.outcome))
    .toSorted((a, b) => a.sample.at - b.sample.at);
  const last = inOrder.at(-1);
  // Routes and policies that come late decide about connections; one that was made and then not answered has another reason.
  if (last === undefined || inOrder.some(({ sample }) => isLostLater(sample))) return attempts;
  const isSame = (attempt: Attempt) => isTroubled(attempt.sample) === isTroubled(last.sample);
  const turn = inOrder.findIndex(isSame);
  const [before, after] = [inOrder.slice(0, turn), inOrder.slice(turn)];
  const isTurn = before.length > 0 && after.length >= LASTING && after.every(isSame);
  return isTurn && before.every(({ sample }) => sample.at - helloAt <= NEWBORN_MS) ? after : attempts;
}

/** It was not answered, or only after a SYN was sent again. */
export function isTroubled(sample: Sample): boolean {
  return sample.outcome.kind !== 'answered' || sample.synRetransmissions > 0 || isLateConnect(sample);
}

/** The connection was made. */
function isLostLater({ outcome, phases: { connect } }: Sample): boolean {
  return outcome.kind !== 'answered' && 'phase' in outcome && connect !== undefined && outcome.phase !== 'connect';
}

/** No enforcer needs longer in a pod that answers within a run; beyond it, what was hindered was so for another reason. Milliseconds. */
const LONGEST_BIRTH_MS = 6000;
/** Fewer attempts, or of fewer paths, may all be lost by chance, or by what is wrong with these paths. */
const FEWEST_HINDERED = 4;
const FEWEST_PATHS = 3;

/**
 * When a pod's birth was over, on the clock of who asked (Unix milliseconds): its first attempt, from or to it, that got through at once,
 * where all before it, on several paths, were hindered. null: something got through from the first on, or nothing ever did.
 */
export function birthOver(touching: readonly Sample[], helloAt: number): number | null {
  const inOrder = touching.filter(({ outcome }) => tellsSomething(outcome)).toSorted((a, b) => a.at - b.at);
  const first = inOrder.findIndex(isThroughAtOnce);
  const before = inOrder.slice(0, Math.max(0, first));
  const over = inOrder[first];
  if (over === undefined || before.length < FEWEST_HINDERED || over.at - helloAt > LONGEST_BIRTH_MS) return null;
  return new Set(before.map(({ path }) => path)).size < FEWEST_PATHS ? null : over.at;
}

/** Its row may have been missed where a SYN was sent again (see retransmissions.ts): the namespace's counter and the time tell. */
function isLateConnect({ counters, phases: { connect = 0 } }: Sample): boolean {
  return connect >= AT_ONCE_MS && (counters['TcpExt.TCPSynRetrans'] ?? 0) > 0;
}

/** The kernel sends a SYN again after 1 s, resolvers a question after more: what took that long may have been lost before. Milliseconds. */
const AT_ONCE_MS = 900;

function isThroughAtOnce(sample: Sample): boolean {
  const { connect = 0, dns = 0 } = sample.phases;
  return !isHindered(sample) && connect < AT_ONCE_MS && dns < AT_ONCE_MS;
}

/**
 * Who ordered a trace holds the tracer's standard input, and says now and then that it is still there. The end of the input is heard at once: the kernel
 * closes the connections of a process that was killed. Silence is what a node hears that has lost the API, or whose holder's machine is gone.
 */
import type { Readable } from 'node:stream';

/** The holder speaks every half second (src/place/held-inputs.ts). A controller or an API server on a busy machine may be late by this much, milliseconds. */
const LONGEST_SILENCE_MS = 5000;
/** Looks at the clock so often that a tracer that had no CPU itself hears what waits for it before it takes it for silence. */
const LOOKS = 5;

export interface Holding {
  /** The first word: somebody is there. */
  onHeld(): void;
  /** Nobody is there any more; once, and also where nobody ever was. */
  onLeft(): void;
}

/** Returns how to stop listening. */
export function listenToHolder(input: Readable, { onHeld, onLeft }: Holding): () => void {
  let silentLooks = 0;
  let looking: NodeJS.Timeout | null = null;
  const look = () => {
    silentLooks += 1;
    if (silentLooks >= LOOKS) leave();
  };
  const hear = () => {
    silentLooks = 0;
    if (looking !== null) return;
    looking = setInterval(look, LONGEST_SILENCE_MS / LOOKS);
    onHeld();
  };
  const stop = () => {
    if (looking !== null) clearInterval(looking);
    input.off('data', hear).off('end', leave).off('close', leave);
    input.pause();
  };
  function leave(): void {
    stop();
    onLeft();
  }
  input.on('error', () => undefined);
  input.on('data', hear).once('end', leave).once('close', leave);
  return stop;
}

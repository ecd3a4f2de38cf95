/** A busy machine: one thread for each core that never rests. They end with this process, however it ends. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

const NEVER_RESTS = 'for (;;);';

/** Runs until disposed. */
export function startHogs(count: number = availableParallelism()): AsyncDisposable {
  const hogs = Array.from({ length: count }, () => new Worker(NEVER_RESTS, { eval: true }));
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(hogs.map((hog) => hog.terminate()));
    },
  };
}

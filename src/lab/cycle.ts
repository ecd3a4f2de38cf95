/** Work that is done again after each change: never twice at once, and many changes at a time are one. */

export interface Cycle {
  /** Asks for a pass; resolves when one that began after this call has ended, rejects if it failed. */
  request(): Promise<void>;
  stop(): void;
}

export interface CycleOptions {
  /** Waited for more changes before a pass, in milliseconds. */
  readonly quietMs: number;
}

/** @param pass reads the present state and brings the world in line with it. */
export function createCycle(pass: () => Promise<void>, { quietMs }: CycleOptions): Cycle {
  let waiting: Promise<void> | null = null;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  return {
    request() {
      if (stopped) return Promise.resolve();
      waiting ??= new Promise<void>((resolve) => {
        timer = setTimeout(resolve, quietMs);
      }).then(async () => {
        await running.catch(() => undefined);
        waiting = null;
        running = stopped ? Promise.resolve() : pass();
        return running;
      });
      return waiting;
    },
    stop() {
      stopped = true;
      // A pass that waits never begins; whoever waits for it is going down too.
      clearTimeout(timer);
    },
  };
}

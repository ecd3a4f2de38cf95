/** What a controller is: level-triggered, it compares what is with what should be and takes the next steps. */
import type { ClusterStore } from '../api/store.ts';

export interface Controller {
  /** Resources whose changes make it look again. */
  readonly watches: readonly string[];
  reconcile(context: ControllerContext): void;
}

export interface ControllerContext {
  readonly store: ClusterStore;
  readonly now: () => Date;
  /** Asks to be run again after this many milliseconds; for deadlines, never for polling. */
  again(afterMs: number): void;
}

/** The controller manager: runs every controller whose resources changed, once things have settled for this turn of the event loop. */
import type { ClusterStore } from '../api/store.ts';
import type { Controller } from './controller.ts';
import { daemonSets } from './daemonset.ts';
import { deployments } from './deployment.ts';
import { endpointSlices } from './endpointslice.ts';
import { garbageCollector } from './garbage.ts';
import { jobs } from './job.ts';
import { namespaces } from './namespace.ts';
import { replicaSets } from './replicaset.ts';
import { scheduler } from './scheduler.ts';
import { statefulSets } from './statefulset.ts';

const CONTROLLERS: readonly Controller[] = [
  namespaces,
  garbageCollector,
  deployments,
  replicaSets,
  daemonSets,
  statefulSets,
  jobs,
  scheduler,
  endpointSlices,
];

/** setTimeout's largest delay. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Starts them all; they look at what is there at once. */
export function startControllers(
  store: ClusterStore,
  options: { readonly now?: () => Date; readonly onError?: (error: unknown) => void } = {},
): { close(): void } {
  const now = options.now ?? ((): Date => new Date());
  const onError = options.onError ?? rethrow;
  const due = new Set<Controller>(CONTROLLERS);
  const timers = new Set<NodeJS.Timeout>();
  let isScheduled = false;
  let isClosed = false;

  const schedule = (): void => {
    if (isScheduled || isClosed) return;
    isScheduled = true;
    setImmediate(run);
  };
  const run = (): void => {
    isScheduled = false;
    for (const controller of CONTROLLERS) {
      if (isClosed || !due.delete(controller)) continue;
      try {
        controller.reconcile({ store, now, again: (afterMs) => again(controller, afterMs) });
      } catch (error) {
        onError(error);
      }
    }
    if (due.size > 0) schedule();
  };
  const again = (controller: Controller, afterMs: number): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        due.add(controller);
        schedule();
      },
      Math.min(Math.max(0, afterMs), MAX_DELAY_MS),
    );
    timers.add(timer.unref());
  };

  const stop = store.onChange((resource) => {
    for (const controller of CONTROLLERS) if (controller.watches.includes(resource)) due.add(controller);
    if (due.size > 0) schedule();
  });
  schedule();
  return {
    close(): void {
      isClosed = true;
      stop();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function rethrow(error: unknown): never {
  throw error;
}

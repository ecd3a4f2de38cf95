/** What a controller is: level-triggered, it compares what is with what should be and takes the next steps. */
import type { KubeObject } from '../model.ts';
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

/** Where Kubernetes says what went wrong with an object; the same message again only raises the count. */
export function recordEvent(
  context: Pick<ControllerContext, 'store' | 'now'>,
  about: KubeObject,
  event: {
    readonly type: 'Normal' | 'Warning';
    readonly reason: string;
    readonly message: string;
    readonly component: string;
  },
): void {
  const { store, now } = context;
  const namespace = about.metadata.namespace ?? 'default';
  if (store.get('namespaces', null, namespace)?.metadata.deletionTimestamp !== undefined) return;
  const same = store
    .list('events')
    .find(
      (had) =>
        had['involvedObject'].uid === about.metadata.uid &&
        had['reason'] === event.reason &&
        had['message'] === event.message,
    );
  const at = now()
    .toISOString()
    .replace(/\.\d{3}Z$/, 'Z');
  if (same !== undefined) {
    store.put('events', { ...same, count: Number(same['count']) + 1, lastTimestamp: at });
    return;
  }
  const { apiVersion, kind } = about;
  const { name, uid, resourceVersion } = about.metadata;
  store.put('events', {
    metadata: { name: `${name}.${store.revision().toString(16).padStart(16, '0')}`, namespace },
    involvedObject: { apiVersion, kind, name, namespace: about.metadata.namespace, uid, resourceVersion },
    type: event.type,
    reason: event.reason,
    message: event.message,
    source: { component: event.component },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  });
}

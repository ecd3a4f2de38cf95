/** Where Kubernetes says what happened to an object. */
import type { KubeObject } from '../model.ts';
import { timestamp, type ClusterStore } from './store.ts';

export interface EventFacts {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Who says it: `kubelet`, `default-scheduler`. */
  readonly component: string;
  readonly at: Date;
}

/** Kept for the whole lab; the oldest go first. */
const MAX_EVENTS = 1000;

/** Writes an event; the same one again only raises its count. */
export function recordEvent(store: ClusterStore, about: KubeObject, event: EventFacts): void {
  const namespace = about.metadata.namespace ?? 'default';
  // Nothing new may appear in a namespace that is on its way out.
  if (store.get('namespaces', null, namespace)?.metadata.deletionTimestamp !== undefined) return;
  const events = store.list('events');
  const at = timestamp(event.at);
  const same = events.find(
    (had) =>
      had['involvedObject'].uid === about.metadata.uid &&
      had['reason'] === event.reason &&
      had['message'] === event.message,
  );
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
  forgetOldest(store, events);
}

function forgetOldest(store: ClusterStore, events: readonly KubeObject[]): void {
  if (events.length < MAX_EVENTS) return;
  const [oldest] = [...events].sort(
    (left, right) => Number(left.metadata.resourceVersion) - Number(right.metadata.resourceVersion),
  );
  if (oldest !== undefined)
    store.finish({ resource: 'events', namespace: oldest.metadata.namespace ?? null, name: oldest.metadata.name });
}

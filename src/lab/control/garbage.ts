/** The garbage collector: what all owners have left is deleted, in the background, the foreground, or not at all. */
import type { KubeObject } from '../model.ts';
import { RESOURCES, resourceOfKind } from '../api/resources.ts';
import { keyOf, type ClusterStore } from '../api/store.ts';
import type { Controller } from './controller.ts';

const EVERYTHING = RESOURCES.map((resource) => resource.plural);
interface Held {
  readonly resource: string;
  readonly object: KubeObject;
}

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** Owner references do not cross namespaces: an owner elsewhere counts as gone, as in Kubernetes. */
export const garbageCollector: Controller = {
  watches: EVERYTHING,
  reconcile({ store }) {
    for (const resource of EVERYTHING) {
      for (const object of store.list(resource)) {
        if (object.metadata.deletionTimestamp !== undefined) finalize(store, resource, object);
        else if (object.metadata.ownerReferences !== undefined) collect(store, resource, object);
      }
    }
  },
};

function collect(store: ClusterStore, resource: string, object: KubeObject): void {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0) return;
  const owners = references.map((reference) => ownerOf(store, object, reference));
  if (owners.every((owner) => owner === null))
    store.remove(keyOf(resource, object), { propagationPolicy: 'Background' });
  else if (owners.every((owner) => owner === null || isForeground(owner)))
    store.remove(keyOf(resource, object), { propagationPolicy: 'Foreground' });
}

function ownerOf(
  store: ClusterStore,
  object: KubeObject,
  reference: { apiVersion: string; kind: string; name: string; uid: string },
): KubeObject | null {
  const resource = resourceOfKind(reference.apiVersion, reference.kind);
  // A kind that is not served may exist for all we know: hands off.
  if (resource === null) return object;
  const namespace = resource.namespaced ? (object.metadata.namespace ?? null) : null;
  const owner = store.get(resource.plural, namespace, reference.name);
  return owner?.metadata.uid === reference.uid ? owner : null;
}

function finalize(store: ClusterStore, resource: string, object: KubeObject): void {
  const finalizers = (object.metadata['finalizers'] ?? []) as readonly string[];
  if (finalizers.includes(ORPHAN)) {
    for (const dependent of dependentsOf(store, object)) disown(store, dependent, object);
    release(store, { resource, object }, ORPHAN);
  } else if (finalizers.includes(FOREGROUND)) {
    const blocking = dependentsOf(store, object);
    if (blocking.length === 0) release(store, { resource, object }, FOREGROUND);
  }
}

function dependentsOf(store: ClusterStore, owner: KubeObject): Held[] {
  return EVERYTHING.flatMap((resource) =>
    store
      .list(resource)
      .filter((object) => object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid))
      .map((object) => ({ resource, object })),
  );
}

function disown(store: ClusterStore, { resource, object }: Held, owner: KubeObject): void {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  store.update(resource, { ...object, metadata: { ...object.metadata, ownerReferences } });
}

function release(store: ClusterStore, { resource, object }: Held, finalizer: string): void {
  const finalizers = (object.metadata['finalizers'] as readonly string[]).filter((name) => name !== finalizer);
  const answer = store.update(resource, { ...object, metadata: { ...object.metadata, finalizers } });
  // Nobody waits for a pod that never got a node.
  if (answer.ok && finalizers.length === 0 && resource === 'pods' && !object['spec'].nodeName)
    store.finish(keyOf(resource, object));
}

function isForeground(owner: KubeObject): boolean {
  return (
    owner.metadata.deletionTimestamp !== undefined &&
    ((owner.metadata['finalizers'] ?? []) as readonly string[]).includes(FOREGROUND)
  );
}

/** Controller owner references: who owns which pods, adoption of orphans and release of strays, as kubernetes `controller_ref_manager.go`. */
import type { KubeObject } from '../model.ts';
import type { ClusterStore } from '../api/store.ts';
import { selectorMatches, type LabelSelector } from '../api/labels.ts';

/** The reference that a controller writes on what it makes. */
export function controllerReference(owner: KubeObject): object {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** The uid of the controller that owns an object; null when none does. */
export function controllerOf(object: KubeObject): string | null {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true)?.uid ?? null;
}

/** What an owner has of a resource: its own that still match, and matching orphans, which are adopted. Strays are let go. */
export function claim(
  store: ClusterStore,
  owner: KubeObject,
  what: { readonly resource: string; readonly selector: LabelSelector },
): KubeObject[] {
  const isLeaving = owner.metadata.deletionTimestamp !== undefined;
  const claimed: KubeObject[] = [];
  for (const object of store.list(what.resource)) {
    if (object.metadata.namespace !== owner.metadata.namespace) continue;
    const controller = controllerOf(object);
    const isMatching = selectorMatches(what.selector, object.metadata.labels);
    if (controller === owner.metadata.uid) {
      if (isMatching) claimed.push(object);
      else if (!isLeaving) writeOwners(store, what.resource, { object, ownerReferences: othersThan(object, owner) });
    } else if (controller === null && isMatching && !isLeaving && object.metadata.deletionTimestamp === undefined) {
      const ownerReferences = [...othersThan(object, owner), controllerReference(owner)];
      claimed.push(writeOwners(store, what.resource, { object, ownerReferences }));
    }
  }
  return claimed;
}

function othersThan(object: KubeObject, owner: KubeObject): readonly object[] {
  return (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
}

function writeOwners(
  store: ClusterStore,
  resource: string,
  { object, ownerReferences }: { object: KubeObject; ownerReferences: readonly object[] },
): KubeObject {
  const answer = store.update(resource, { ...object, metadata: { ...object.metadata, ownerReferences } });
  return answer.ok ? answer.object : object;
}

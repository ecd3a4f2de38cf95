/** Namespaces: the default service account in new ones, and everything gone before an old one goes. */
import { RESOURCES } from '../api/resources.ts';
import { keyOf } from '../api/store.ts';
import type { Controller } from './controller.ts';

const INSIDE = RESOURCES.filter((resource) => resource.namespaced).map((resource) => resource.plural);

/** A namespace ends when nothing is left in it. */
export const namespaces: Controller = {
  watches: ['namespaces', ...INSIDE],
  reconcile({ store }) {
    for (const namespace of store.list('namespaces')) {
      const { name, deletionTimestamp } = namespace.metadata;
      if (deletionTimestamp === undefined) {
        if (store.get('serviceaccounts', name, 'default') === null) {
          store.put('serviceaccounts', { metadata: { name: 'default', namespace: name } });
        }
        continue;
      }
      const contents = INSIDE.flatMap((resource) =>
        store
          .list(resource)
          .filter((object) => object.metadata.namespace === name)
          .map((object) => ({ resource, object })),
      );
      for (const { resource, object } of contents) {
        if (object.metadata.deletionTimestamp === undefined) store.remove(keyOf(resource, object));
      }
      if (INSIDE.every((resource) => store.list(resource).every((object) => object.metadata.namespace !== name))) {
        store.finish({ resource: 'namespaces', namespace: null, name });
      }
    }
  },
};

/** Puts manifests into the cluster, as `kubectl apply` would for the first time. */
import { UserError } from '../model/user-error.ts';
import { resourceOfKind } from './api/resources.ts';
import type { ClusterStore } from './api/store.ts';
import type { Manifest } from './scenario/manifest.ts';

/**
 * @param from said where one is refused: a file, or `the lab itself`.
 * @throws UserError with the API's own words.
 */
export function applyManifests(store: ClusterStore, manifests: readonly Manifest[], from: string): void {
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest;
    const resource = resourceOfKind(apiVersion, kind);
    if (resource === null)
      throw new UserError(`${from}: ${kind}/${metadata.name}: the lab serves no ${kind} of ${apiVersion}`);
    const namespace = resource.namespaced ? { namespace: metadata.namespace ?? 'default' } : {};
    const answer = store.create(resource.plural, { ...manifest, metadata: { ...metadata, ...namespace } });
    if (!answer.ok) throw new UserError(`${from}: ${kind}/${metadata.name}: ${answer.status.message}`);
  }
}

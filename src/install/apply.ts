/** Makes an installation real, as often as wanted: what is there already stays, what differs is set right. */
import type { ApiObject, ApiResult, ClusterClient } from '../api/cluster-client.ts';
import { labelsOf, textAt } from '../api/fields.ts';
import { MANAGED_BY } from '../place/names.ts';
import { helmCommand, helmReleaseOf } from './helm-release.ts';
import { type Installed, KINDS } from './kinds.ts';
import type { Manifest } from './manifests.ts';

/**
 * What became of one object; `applied`: it is as wanted, but what it was before may not be read; `skipped`: this cluster does not
 * know the kind, and kprobe works without it.
 */
export interface Step {
  readonly what: Installed;
  readonly outcome: 'made' | 'changed' | 'unchanged' | 'applied' | 'skipped' | 'failed';
  /** Why it failed or was skipped, in one line. */
  readonly because: string | null;
}

/** One object after the other; one that fails does not keep the others back, unless it is their namespace. */
export async function* applyManifests(client: ClusterClient, manifests: readonly Manifest[]): AsyncGenerator<Step> {
  const failed = new Set<string>();
  for (const manifest of manifests) {
    const isHomeless = manifest.namespace !== undefined && failed.has(manifest.namespace);
    const step = isHomeless
      ? failure(manifest, `namespace ${manifest.namespace} is missing`)
      : await applyOne(client, manifest);
    if (step.outcome === 'failed' && manifest.kind === 'Namespace') failed.add(manifest.name);
    yield step;
  }
}

const UNGUARDED =
  'this cluster has no such kind (before Kubernetes 1.30): who may create pods in kprobe-host may be root on nodes; --no-host avoids it';

async function applyOne(client: ClusterClient, manifest: Manifest): Promise<Step> {
  const resource = KINDS[manifest.kind];
  const before = await client.get(resource, named(manifest));
  if (before.ok && !isOurs(before.value)) {
    return failure(manifest, `it exists and is not kprobe's: ${whose(before.value)}`);
  }
  const applied = await client.apply(resource, manifest.object);
  if (!applied.ok && applied.problem.status === 404 && manifest.kind.startsWith('ValidatingAdmissionPolicy'))
    return { what: manifest, outcome: 'skipped', because: UNGUARDED };
  if (!applied.ok) return failure(manifest, applied.problem.message);
  return { what: manifest, outcome: outcomeOf(before, applied.value), because: null };
}

function whose(object: ApiObject): string {
  const release = helmReleaseOf(object);
  if (release === null) return `it lacks the label ${OUR_LABEL}`;
  return `it is of the Helm release ${release.namespace}/${release.name}, which ${helmCommand('upgrade', release)} changes`;
}

function outcomeOf(before: ApiResult<ApiObject>, after: ApiObject): Step['outcome'] {
  if (!before.ok) return before.problem.status === 404 ? 'made' : 'applied';
  return versionOf(before.value) === versionOf(after) ? 'unchanged' : 'changed';
}

function failure(what: Installed, because: string): Step {
  return { what, outcome: 'failed', because };
}

export function named({ namespace, name }: Installed): { readonly namespace?: string; readonly name: string } {
  return namespace === undefined ? { name } : { namespace, name };
}

/** What tells kprobe's objects from others of the same name, as label selectors write it. */
export const OUR_LABEL = Object.entries(MANAGED_BY)
  .map(([key, value]) => `${key}=${value}`)
  .join(',');

export function isOurs(object: ApiObject): boolean {
  const labels = labelsOf(object);
  return Object.entries(MANAGED_BY).every(([key, value]) => labels[key] === value);
}

function versionOf(object: ApiObject): string | null {
  return textAt(object, 'metadata', 'resourceVersion');
}

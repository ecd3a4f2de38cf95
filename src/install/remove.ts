/** Finds everything that an installation made, and removes it. */
import type { ClusterClient } from '../discover/cluster-client.ts';
import { nameOf } from '../discover/fields.ts';
import type { Gap } from '../model/cluster.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE } from '../place/names.ts';
import { isOurs, named, OUR_LABEL } from './apply.ts';
import { type Installed, type Kind, KINDS, sayInstalled } from './kinds.ts';
import { ROLE } from './manifests.ts';

export interface Found {
  /** In the order in which they are to go. */
  readonly objects: readonly Installed[];
  readonly gaps: readonly Gap[];
}

/** Rights come first, so that nothing new is made meanwhile; what guards a namespace goes after it. */
const KINDS_TO_FIND: readonly Kind[] = [
  'ClusterRoleBinding',
  'ClusterRole',
  'RoleBinding',
  'Role',
  'Namespace',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingAdmissionPolicy',
];
const NAMES: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  Namespace: [CONTROL_NAMESPACE, HOST_NAMESPACE],
  ValidatingAdmissionPolicy: [HOST_NAMESPACE],
  ValidatingAdmissionPolicyBinding: [HOST_NAMESPACE],
};

/** By label and name: an object of one of our names that is somebody else's is not found. */
export async function findInstalled(client: ClusterClient): Promise<Found> {
  const found = await Promise.all(KINDS_TO_FIND.map((kind) => findKind(client, kind)));
  return { objects: found.flatMap(({ objects }) => objects), gaps: found.flatMap(({ gaps }) => gaps) };
}

async function findKind(client: ClusterClient, kind: Kind): Promise<Found> {
  const listed = await client.list(KINDS[kind], { labelSelector: OUR_LABEL });
  if (!listed.ok && listed.problem.status === 404) return { objects: [], gaps: [] };
  if (!listed.ok) return { objects: [], gaps: [{ what: `${kind}s`, because: listed.problem.message }] };
  const names = NAMES[kind] ?? [ROLE];
  const objects = listed.value.filter(isOurs).flatMap((object): Installed[] => {
    const name = nameOf(object);
    if (name === null || !names.includes(name.name)) return [];
    return [{ kind, name: name.name, ...(KINDS[kind].namespaced ? { namespace: name.namespace } : {}) }];
  });
  return { objects, gaps: [] };
}

/** Returns what could not be removed. */
export async function removeInstalled(client: ClusterClient, objects: readonly Installed[]): Promise<Gap[]> {
  const gaps: Gap[] = [];
  for (const object of objects) {
    const deleted = await client.delete(KINDS[object.kind], named(object));
    if (!deleted.ok) gaps.push({ what: sayInstalled(object), because: deleted.problem.message });
  }
  return gaps;
}

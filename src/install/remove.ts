/** Finds everything that an installation made, and removes it. */
import type { ClusterClient } from '../api/cluster-client.ts';
import { nameOf } from '../api/fields.ts';
import type { Limitation } from '../model/cluster.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE } from '../place/names.ts';
import { isOurs, named, OUR_LABEL } from './apply.ts';
import { type HelmRelease, helmReleaseOf } from './helm-release.ts';
import { type Installed, type Kind, KINDS, sayInstalled } from './kinds.ts';
import { HISTORY_CLAIM, ROLE, SWEEP } from './names.ts';

export interface Found {
  /** In the order in which they are to go. */
  readonly objects: readonly Installed[];
  /** What is to stay, as asked: the history of sweeps, and the namespace around it. */
  readonly kept: readonly Installed[];
  readonly limitations: readonly Limitation[];
}

/** What makes new things comes first, then the rights to; what guards a namespace goes after it. */
const KINDS_TO_FIND: readonly Kind[] = [
  'CronJob',
  'ClusterRoleBinding',
  'ClusterRole',
  'RoleBinding',
  'Role',
  'ConfigMap',
  'ServiceAccount',
  'PersistentVolumeClaim',
  'Namespace',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingAdmissionPolicy',
];
const NAMES: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  CronJob: [SWEEP],
  ClusterRole: [ROLE, SWEEP],
  ClusterRoleBinding: [ROLE, SWEEP],
  ConfigMap: [SWEEP],
  PersistentVolumeClaim: [HISTORY_CLAIM],
  Namespace: [CONTROL_NAMESPACE, HOST_NAMESPACE],
  ValidatingAdmissionPolicy: [HOST_NAMESPACE],
  ValidatingAdmissionPolicyBinding: [HOST_NAMESPACE],
};
/** Of these there is one at most, in our own namespace: to look there takes no right beyond it. */
const OF_OUR_NAMESPACE: ReadonlySet<Kind> = new Set([
  'CronJob',
  'ConfigMap',
  'ServiceAccount',
  'PersistentVolumeClaim',
]);

/** Nobody misses these by name when their namespace goes. */
const GOES_ALONG: ReadonlySet<Kind> = new Set(['ConfigMap', 'ServiceAccount']);

/** By label and name: an object of one of our names that is somebody else's is not found. `keepHistory`: neither is it removed, nor its namespace. */
export async function findInstalled(client: ClusterClient, { keepHistory }: { keepHistory: boolean }): Promise<Found> {
  const found = await Promise.all(KINDS_TO_FIND.map((kind) => findKind(client, kind)));
  const objects = found.flatMap((each) => each.objects);
  const limitations = found.flatMap((each) => each.limitations);
  const history = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  const around = objects.filter(({ kind, name }) => kind === 'Namespace' && name === CONTROL_NAMESPACE);
  if (keepHistory && history.length > 0) {
    const kept = [...history, ...around];
    return { objects: objects.filter((each) => !kept.includes(each)), kept, limitations };
  }
  return { objects: objects.filter(({ kind }) => around.length === 0 || !GOES_ALONG.has(kind)), kept: [], limitations };
}

type FoundOfKind = Pick<Found, 'objects' | 'limitations'>;

async function findKind(client: ClusterClient, kind: Kind): Promise<FoundOfKind> {
  const scope = OF_OUR_NAMESPACE.has(kind) ? { namespace: CONTROL_NAMESPACE } : {};
  const listed = await client.list(KINDS[kind], { ...scope, labelSelector: OUR_LABEL });
  if (!listed.ok && listed.problem.status === 404) return { objects: [], limitations: [] };
  if (!listed.ok) return { objects: [], limitations: [{ what: `${kind}s`, because: listed.problem.message }] };
  const names = NAMES[kind] ?? [ROLE];
  const objects = listed.value.filter(isOurs).flatMap((object): Installed[] => {
    const name = nameOf(object);
    if (name === null || !names.includes(name.name)) return [];
    return [{ kind, name: name.name, ...(KINDS[kind].namespaced ? { namespace: name.namespace } : {}) }];
  });
  return { objects, limitations: [] };
}

/** By whose chart kprobe was installed; null: by nobody's, or who asks may not know. */
export async function helmRelease(client: ClusterClient): Promise<HelmRelease | null> {
  const got = await client.get(KINDS.ClusterRole, { name: ROLE });
  return got.ok ? helmReleaseOf(got.value) : null;
}

/** Returns what could not be removed. */
export async function removeInstalled(client: ClusterClient, objects: readonly Installed[]): Promise<Limitation[]> {
  const limitations: Limitation[] = [];
  for (const object of objects) {
    const deleted = await client.delete(KINDS[object.kind], named(object));
    if (!deleted.ok) limitations.push({ what: sayInstalled(object), because: deleted.problem.message });
  }
  return limitations;
}

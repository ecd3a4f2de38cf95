/** Settings → every object of an installation, in the order in which they can be made. Pure. */
import { stringify } from 'yaml';
import type { ApiObject } from '../discover/cluster-client.ts';
import { ownNamespace } from '../place/ground.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE, MANAGED_BY } from '../place/names.ts';
import { hostPodPolicy } from './host-pod-policy.ts';
import type { Installed, Kind } from './kinds.ts';
import { CLUSTER_RIGHTS, PROBE_RIGHTS, type Right, rulesOf } from './rights.ts';

/** Who gets the rights. */
export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string };

export interface InstallSettings {
  /** Whether the privileged namespace for vantages on the host network is made. */
  readonly hostVantages: boolean;
  /** Namespaces of others, in which twins may stand. */
  readonly twins: readonly string[];
  /** ConfigMaps that may be read beyond the usual ones: settings of an ingress controller by another name. */
  readonly configMaps: readonly string[];
  /** None: kprobe's own service account. */
  readonly subjects: readonly Subject[];
}

export interface Manifest extends Installed {
  readonly object: ApiObject;
}

/** What all roles and bindings are called. */
export const ROLE = 'kprobe';
/** Whom the rights are given to where nobody is named: what a sweep in the cluster runs as. */
const OWN_ACCOUNT: Subject = { kind: 'ServiceAccount', namespace: CONTROL_NAMESPACE, name: 'kprobe' };

const RBAC = 'rbac.authorization.k8s.io';

export function installManifests(settings: InstallSettings): Manifest[] {
  const namespaces = [CONTROL_NAMESPACE, ...(settings.hostVantages ? [HOST_NAMESPACE] : [])];
  const subjects = settings.subjects.length > 0 ? settings.subjects : [OWN_ACCOUNT];
  const accounts = subjects.filter((each) => 'namespace' in each && namespaces.includes(each.namespace));
  const grounds = [...namespaces, ...settings.twins.filter((each) => !namespaces.includes(each))];
  return [
    ...namespaces.map((name): Manifest => ({ kind: 'Namespace', name, object: ownNamespace(name) })),
    ...(settings.hostVantages ? hostPodPolicy(HOST_NAMESPACE).map((guard) => manifest({ ...guard })) : []),
    ...accounts.map((account) => manifest({ apiVersion: 'v1', ...account })),
    manifest({ kind: 'ClusterRole', name: ROLE, rules: rulesOf(clusterRights(settings.configMaps)) }),
    manifest({ kind: 'ClusterRoleBinding', name: ROLE, ...binding('ClusterRole', subjects) }),
    ...grounds.flatMap((namespace) => [
      manifest({ kind: 'Role', name: ROLE, namespace, rules: rulesOf(PROBE_RIGHTS) }),
      manifest({ kind: 'RoleBinding', name: ROLE, namespace, ...binding('Role', subjects) }),
    ]),
  ];
}

/** One stream of documents, as `kubectl apply -f -` takes it. */
export function manifestsYaml(manifests: readonly Manifest[]): string {
  return manifests.map(({ object }) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}

function clusterRights(configMaps: readonly string[]): Right[] {
  return CLUSTER_RIGHTS.map((right) =>
    right.names === undefined ? right : { ...right, names: [...new Set([...right.names, ...configMaps])] },
  );
}

interface Parts {
  readonly apiVersion?: string;
  readonly kind: Kind | Subject['kind'];
  readonly name: string;
  readonly namespace?: string;
  readonly [field: string]: unknown;
}

function manifest({ apiVersion = `${RBAC}/v1`, kind, name, namespace, ...rest }: Parts): Manifest {
  const named = namespace === undefined ? { name } : { name, namespace };
  return {
    kind: kind as Kind,
    ...named,
    object: { apiVersion, kind, metadata: { ...named, labels: MANAGED_BY }, ...rest },
  };
}

function binding(kind: 'ClusterRole' | 'Role', subjects: readonly Subject[]) {
  return {
    roleRef: { apiGroup: RBAC, kind, name: ROLE },
    subjects: subjects.map((each) => (each.kind === 'ServiceAccount' ? each : { ...each, apiGroup: RBAC })),
  };
}

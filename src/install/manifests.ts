/** Settings → every object of an installation, in the order in which they can be made. Pure. */
import { stringify } from 'yaml';
import type { ApiObject } from '../api/cluster-client.ts';
import { ownNamespace } from '../place/run-config-map.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE, MANAGED_BY } from '../place/names.ts';
import { hostPodPolicy } from './host-pod-policy.ts';
import type { Installed, Kind } from './kinds.ts';
import { ROLE, SWEEP } from './names.ts';
import {
  CLUSTER_RIGHTS,
  EVENT_RIGHTS,
  INSIDE_RIGHTS,
  LINT_RIGHTS,
  PROBE_RIGHTS,
  type Right,
  rulesOf,
  TRACE_RIGHTS,
} from './rights.ts';
import { type SweepInstallation, sweepObjects } from './sweep-manifests.ts';

/** Who gets the rights. */
export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string };

export interface InstallSettings {
  /** Whether the privileged namespace for vantages on the host network is made. */
  readonly hostVantages: boolean;
  /** Namespaces of others, in which twins may stand. */
  readonly twins: readonly string[];
  /** Whether containers may be put into pods there. */
  readonly inside: boolean;
  /** Whether tracers may stand in the privileged namespace. */
  readonly traceRules: boolean;
  /** ConfigMaps that may be read beyond the usual ones: settings of an ingress controller by another name. */
  readonly configMaps: readonly string[];
  /** None: kprobe's own service account. */
  readonly subjects: readonly Subject[];
  /** A sweep runs, or is to run, in the cluster: as kprobe's own service account. */
  readonly hasSweep: boolean;
  /** What it is to be; null: as it is. */
  readonly sweep: SweepInstallation | null;
  /** Whether it may make Events. */
  readonly events: boolean;
}

export interface Manifest extends Installed {
  readonly object: ApiObject;
}

/** Whom the rights are given to where nobody is named: what a sweep in the cluster runs as. */
const OWN_ACCOUNT: Subject = { kind: 'ServiceAccount', namespace: CONTROL_NAMESPACE, name: ROLE };

const RBAC = 'rbac.authorization.k8s.io';

export function installManifests(settings: InstallSettings): Manifest[] {
  const namespaces = [CONTROL_NAMESPACE, ...(settings.hostVantages ? [HOST_NAMESPACE] : [])];
  const subjects = subjectsOf(settings);
  const accounts = subjects.filter((each) => 'namespace' in each && namespaces.includes(each.namespace));
  const grounds = [...namespaces, ...settings.twins.filter((each) => !namespaces.includes(each))];
  return [
    ...namespaces.map((name): Manifest => ({ kind: 'Namespace', name, object: ownNamespace(name) })),
    ...(settings.hostVantages ? hostPodPolicy(HOST_NAMESPACE).map((guard) => manifest({ ...guard })) : []),
    ...accounts.map((account) => manifest({ apiVersion: 'v1', ...account })),
    manifest({ kind: 'ClusterRole', name: ROLE, rules: rulesOf(clusterRights(settings.configMaps)) }),
    manifest({ kind: 'ClusterRoleBinding', name: ROLE, ...binding('ClusterRole', subjects) }),
    ...grounds.flatMap((namespace) => [
      manifest({ kind: 'Role', name: ROLE, namespace, rules: rulesOf(rightsIn(namespace, settings)) }),
      manifest({ kind: 'RoleBinding', name: ROLE, namespace, ...binding('Role', subjects) }),
    ]),
    ...(settings.events ? eventRole() : []),
    ...(settings.sweep === null ? [] : sweepObjects(settings.sweep)).map(({ kind, object }): Manifest => {
      const { name, namespace } = object.metadata;
      return { kind, name, namespace, object };
    }),
  ];
}

/** kprobe's own namespaces hold no pods of others. */
function rightsIn(namespace: string, { twins, inside, traceRules }: InstallSettings): readonly Right[] {
  if (traceRules && namespace === HOST_NAMESPACE) return [...PROBE_RIGHTS, ...TRACE_RIGHTS];
  return inside && twins.includes(namespace) ? [...PROBE_RIGHTS, ...INSIDE_RIGHTS] : PROBE_RIGHTS;
}

function subjectsOf({ subjects, hasSweep }: InstallSettings): readonly Subject[] {
  const isNamed = subjects.some((each) => JSON.stringify(each) === JSON.stringify(OWN_ACCOUNT));
  return subjects.length === 0 || (hasSweep && !isNamed) ? [...subjects, OWN_ACCOUNT] : subjects;
}

/** Only sweeps tell of changes, so that nobody else gets this. */
function eventRole(): Manifest[] {
  return [
    manifest({ kind: 'ClusterRole', name: SWEEP, rules: rulesOf(EVENT_RIGHTS) }),
    manifest({ kind: 'ClusterRoleBinding', name: SWEEP, ...binding('ClusterRole', [OWN_ACCOUNT], SWEEP) }),
  ];
}

/** One stream of documents, as `kubectl apply -f -` takes it. */
export function manifestsYaml(manifests: readonly Manifest[]): string {
  return manifests.map(({ object }) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}

function clusterRights(configMaps: readonly string[]): Right[] {
  return [...CLUSTER_RIGHTS, ...LINT_RIGHTS].map((right) =>
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

function binding(kind: 'ClusterRole' | 'Role', subjects: readonly Subject[], role = ROLE) {
  return {
    roleRef: { apiGroup: RBAC, kind, name: role },
    subjects: subjects.map((each) => (each.kind === 'ServiceAccount' ? each : { ...each, apiGroup: RBAC })),
  };
}

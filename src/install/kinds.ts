/** The kinds that only an installation writes. */
import type { Resource } from '../api/cluster-client.ts';
import { RESOURCES } from '../api/resources.ts';

const rbac = (plural: string, namespaced: boolean): Resource => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  namespaced,
});

const admission = (plural: string): Resource => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  namespaced: false,
});

export const KINDS = {
  Namespace: RESOURCES.namespaces,
  ServiceAccount: { group: '', version: 'v1', plural: 'serviceaccounts', namespaced: true },
  ConfigMap: RESOURCES.configMaps,
  PersistentVolumeClaim: { group: '', version: 'v1', plural: 'persistentvolumeclaims', namespaced: true },
  CronJob: RESOURCES.cronJobs,
  ClusterRole: rbac('clusterroles', false),
  ClusterRoleBinding: rbac('clusterrolebindings', false),
  Role: rbac('roles', true),
  RoleBinding: rbac('rolebindings', true),
  ValidatingAdmissionPolicy: admission('validatingadmissionpolicies'),
  ValidatingAdmissionPolicyBinding: admission('validatingadmissionpolicybindings'),
} as const satisfies Record<string, Resource>;

export type Kind = keyof typeof KINDS;

/** One object of an installation. */
export interface Installed {
  readonly kind: Kind;
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
}

/** `Role shop/kprobe`, `ClusterRole kprobe`. */
export function sayInstalled({ kind, name, namespace }: Installed): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

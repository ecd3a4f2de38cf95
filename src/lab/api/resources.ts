/** The one table of what the API serves. */

/** A resource as discovery describes it. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly hasStatus: boolean;
}

type Row = readonly [plural: string, kind: string, scope: 'namespace' | 'cluster', status: boolean, ...short: string[]];

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    ['namespaces', 'Namespace', 'cluster', true, 'ns'],
    ['nodes', 'Node', 'cluster', true, 'no'],
    ['persistentvolumes', 'PersistentVolume', 'cluster', true, 'pv'],
    ['pods', 'Pod', 'namespace', true, 'po'],
    ['services', 'Service', 'namespace', true, 'svc'],
    ['endpoints', 'Endpoints', 'namespace', false, 'ep'],
    ['configmaps', 'ConfigMap', 'namespace', false, 'cm'],
    ['secrets', 'Secret', 'namespace', false],
    ['serviceaccounts', 'ServiceAccount', 'namespace', false, 'sa'],
    ['events', 'Event', 'namespace', false, 'ev'],
    ['resourcequotas', 'ResourceQuota', 'namespace', true, 'quota'],
    ['limitranges', 'LimitRange', 'namespace', false, 'limits'],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'namespace', true, 'pvc'],
    ['replicationcontrollers', 'ReplicationController', 'namespace', true, 'rc'],
  ],
  'apps/v1': [
    ['deployments', 'Deployment', 'namespace', true, 'deploy'],
    ['replicasets', 'ReplicaSet', 'namespace', true, 'rs'],
    ['daemonsets', 'DaemonSet', 'namespace', true, 'ds'],
    ['statefulsets', 'StatefulSet', 'namespace', true, 'sts'],
  ],
  'batch/v1': [
    ['jobs', 'Job', 'namespace', true],
    ['cronjobs', 'CronJob', 'namespace', true, 'cj'],
  ],
  'discovery.k8s.io/v1': [['endpointslices', 'EndpointSlice', 'namespace', false]],
  'networking.k8s.io/v1': [
    ['ingresses', 'Ingress', 'namespace', true, 'ing'],
    ['ingressclasses', 'IngressClass', 'cluster', false],
    ['networkpolicies', 'NetworkPolicy', 'namespace', false, 'netpol'],
  ],
  'rbac.authorization.k8s.io/v1': [
    ['roles', 'Role', 'namespace', false],
    ['rolebindings', 'RoleBinding', 'namespace', false],
    ['clusterroles', 'ClusterRole', 'cluster', false],
    ['clusterrolebindings', 'ClusterRoleBinding', 'cluster', false],
  ],
  'policy/v1': [['poddisruptionbudgets', 'PodDisruptionBudget', 'namespace', true, 'pdb']],
  'autoscaling/v2': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'namespace', true, 'hpa']],
  'coordination.k8s.io/v1': [['leases', 'Lease', 'namespace', false]],
  'gateway.networking.k8s.io/v1': [
    ['gatewayclasses', 'GatewayClass', 'cluster', true, 'gc'],
    ['gateways', 'Gateway', 'namespace', true, 'gtw'],
    ['httproutes', 'HTTPRoute', 'namespace', true],
    ['grpcroutes', 'GRPCRoute', 'namespace', true],
    ['tlsroutes', 'TLSRoute', 'namespace', true],
  ],
  'gateway.networking.k8s.io/v1beta1': [['referencegrants', 'ReferenceGrant', 'namespace', false, 'refgrant']],
  'apiextensions.k8s.io/v1': [['customresourcedefinitions', 'CustomResourceDefinition', 'cluster', true, 'crd']],
  'storage.k8s.io/v1': [['storageclasses', 'StorageClass', 'cluster', false, 'sc']],
  'scheduling.k8s.io/v1': [['priorityclasses', 'PriorityClass', 'cluster', false, 'pc']],
};

/** Every resource, in discovery order. */
export const RESOURCES: readonly Resource[] = Object.entries(ROWS).flatMap(([groupVersion, rows]) => {
  const [group, version] = splitGroupVersion(groupVersion);
  return rows.map(([plural, kind, scope, hasStatus, ...shortNames]) => ({
    group,
    version,
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: scope === 'namespace',
    shortNames,
    hasStatus,
  }));
});

const BY_PLURAL = new Map(RESOURCES.map((resource) => [resource.plural, resource]));

/** `apps/v1` → `['apps', 'v1']`; the core group is the empty string. */
export function splitGroupVersion(groupVersion: string): [group: string, version: string] {
  const slash = groupVersion.indexOf('/');
  return slash < 0 ? ['', groupVersion] : [groupVersion.slice(0, slash), groupVersion.slice(slash + 1)];
}

/** `apps/v1`, or `v1` for the core group. */
export function groupVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The name that Kubernetes' messages use: `pods`, `deployments.apps`. */
export function qualifiedName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** By plural name, which is unique in this API; null when it is not served. */
export function resourceNamed(plural: string): Resource | null {
  return BY_PLURAL.get(plural) ?? null;
}

/** By the apiVersion and kind of a manifest; null when it is not served. */
export function resourceOfKind(apiVersion: string, kind: string): Resource | null {
  return RESOURCES.find((resource) => resource.kind === kind && groupVersionOf(resource) === apiVersion) ?? null;
}

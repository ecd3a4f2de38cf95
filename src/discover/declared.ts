/** Objects as files declare them, over those of a cluster where one is given → the cluster as it would be. */
import type { ApiObject } from '../api/cluster-client.ts';
import { mapAt, nameOf, textAt } from '../api/fields.ts';
import type { Cluster, IngressController, ObjectName, Pod, Workload } from '../model/cluster.ts';
import type { PodTemplate } from '../model/lint.ts';
import { findController, type Served, type Surroundings } from './controllers.ts';
import { findDnsService } from './dns-service.ts';
import { readHttpProxies } from './http-proxies.ts';
import { readIngressRoutes } from './ingress-routes.ts';
import { readVirtualServices } from './virtual-services.ts';
import { OTHER_POLICIES } from './networking.ts';
import { isOfClass } from '../model/route-match.ts';
import { readGatewayRoutes, type GatewayApi } from './gateway-routes.ts';
import { withCanaries } from './canaries.ts';
import { readIngress, readIngressClass } from './routes.ts';
import { readTemplate } from './templates.ts';
import { workloadNames } from './workload-names.ts';
import { readEndpointSlice, readNamespace, readNetworkPolicy, readService } from './workloads.ts';

export interface DeclaredCluster {
  readonly cluster: Cluster;
  /** Of what the files declare. */
  readonly templates: readonly PodTemplate[];
  /** Objects of these kinds that could not be understood. */
  readonly unread: readonly ObjectRef[];
  /** Namespaces in which an object of another maker's kind stands, which may make pods and Services of its own; `*`: in any. */
  readonly opaque: ReadonlySet<string>;
}

export interface ObjectRef extends ObjectName {
  readonly kind: string;
}

/** Nothing is known of it but what is declared. */
const NOWHERE: Cluster = {
  version: null,
  networking: {
    cni: 'unknown',
    enforcer: 'unknown',
    encapsulation: 'unknown',
    proxyMode: 'unknown',
    because: 'no cluster was asked',
    unevaluated: [],
  },
  nodes: [],
  namespaces: [],
  pods: [],
  services: [],
  endpointSlices: [],
  routes: [],
  controllers: [],
  ingressClasses: [],
  networkPolicies: [],
  dnsService: null,
  unread: [],
};

/** `objects` carry their namespaces; of two with the same name the last counts, as when they are applied. */
export async function declaredCluster(objects: readonly ApiObject[], base: Cluster | null): Promise<DeclaredCluster> {
  const around = base ?? NOWHERE;
  const of = (kind: string) => ofKind(objects, kind).filter(isBuiltIn);
  const declared = objects.flatMap((each) => readTemplate(each) ?? []);
  const templates = declared.map(({ template }) => template);
  const services = over(around.services, read(of('Service'), readService));
  const ingressClasses = over(around.ingressClasses, read(of('IngressClass'), readIngressClass));
  const routes = overRoutes(around.routes, [
    ...withCanaries(of('Ingress').flatMap((each) => readIngress(each, ingressClasses))),
    ...readGatewayRoutes(declaredGatewayApi(objects)),
    ...readHttpProxies(ofKind(objects, 'HTTPProxy'), ingressClasses),
    ...readVirtualServices({ virtualServices: ofKind(objects, 'VirtualService'), gateways: null }),
    ...readIngressRoutes(ofKind(objects, 'IngressRoute'), ingressClasses),
  ]);
  const policies = of('NetworkPolicy').map((object) => ({ object, policy: readNetworkPolicy(object) }));
  const cluster: Cluster = {
    ...around,
    networking: { ...around.networking, unevaluated: unevaluated(around, objects) },
    namespaces: overNames(around.namespaces, read(of('Namespace'), readNamespace)),
    pods: [...around.pods.filter((pod) => !isReplaced(pod, templates)), ...declared.map(({ pod }) => pod)],
    services,
    endpointSlices: over(around.endpointSlices, read(of('EndpointSlice'), readEndpointSlice)),
    routes,
    ingressClasses,
    networkPolicies: over(
      around.networkPolicies,
      policies.flatMap(({ policy }) => policy ?? []),
    ),
    dnsService: around.dnsService ?? findDnsService(services),
    workloads: over(
      around.workloads ?? [],
      templates.filter(({ isLasting, kind }) => isLasting && kind !== 'Pod').map(asWorkload),
    ),
  };
  const rawPods = new Map(declared.map(({ rawPod, pod }) => [`${pod.namespace}/${pod.name}`, rawPod]));
  const controllers = await controllersOf(cluster, { rawPods, objects, hasBase: base !== null });
  return {
    cluster: { ...cluster, controllers },
    templates,
    unread: policies.flatMap(({ object, policy }) => {
      const named = nameOf(object);
      return policy === null && named !== null ? [{ kind: 'NetworkPolicy', ...named }] : [];
    }),
    opaque: new Set(objects.filter(mayMakePods).map((each) => nameOf(each)?.namespace || '*')),
  };
}

function ofKind(objects: readonly ApiObject[], kind: string): ApiObject[] {
  return objects.filter((each) => textAt(each, 'kind') === kind);
}

/** What stands in files has no status, and the Gateways and grants that it needs may stand elsewhere. */
function declaredGatewayApi(objects: readonly ApiObject[]): GatewayApi {
  const of = (kind: string) => ofKind(objects, kind);
  const gateways = of('Gateway');
  return {
    httpRoutes: of('HTTPRoute'),
    grpcRoutes: of('GRPCRoute'),
    tlsRoutes: of('TLSRoute'),
    gateways: gateways.length === 0 ? null : gateways,
    classes: of('GatewayClass'),
    grants: null,
  };
}

/** Groups whose kinds Kubernetes itself defines, where a plain name means what it says. */
function isBuiltIn(object: ApiObject): boolean {
  const [group = '', version] = (textAt(object, 'apiVersion') ?? '').split('/');
  return version === undefined || !group.includes('.') || group.endsWith('.k8s.io');
}

/** Kinds of others that are about certificates, secrets, scraping and traffic, and make no pods. */
const MAKES_NONE =
  /^(?:cert-manager\.io|acme\.cert-manager\.io|external-secrets\.io|bitnami\.com|keda\.sh|kyverno\.io|networking\.istio\.io|security\.istio\.io|traefik\.(?:io|containo\.us)|cilium\.io|(?:crd\.)?projectcalico\.org|projectcontour\.io|crd\.antrea\.io|external\.metrics\.k8s\.io)$/u;
const MONITORS = new Set(['ServiceMonitor', 'PodMonitor', 'PrometheusRule', 'Probe', 'AlertmanagerConfig']);

function mayMakePods(object: ApiObject): boolean {
  const [group = ''] = (textAt(object, 'apiVersion') ?? '').split('/');
  const kind = textAt(object, 'kind') ?? '';
  if (isBuiltIn(object) || MAKES_NONE.test(group) || MONITORS.has(kind)) return false;
  return readTemplate(object) === null;
}

function read<T>(objects: readonly ApiObject[], reader: (object: ApiObject) => T | null): T[] {
  return objects.map(reader).filter((each) => each !== null);
}

/** The cluster's objects, but for those that are declared anew; what is declared twice counts as it was declared last. */
function over<T extends { readonly name: string; readonly namespace?: string; readonly kind?: string }>(
  there: readonly T[],
  declared: readonly T[],
): T[] {
  const key = ({ kind = '', namespace = '', name }: T) => `${kind} ${namespace}/${name}`;
  return [...new Map([...there, ...declared].map((each) => [key(each), each])).values()];
}

/** A namespace that is declared again keeps the labels that only the cluster gives it: apply merges them. */
function overNames(there: Cluster['namespaces'], declared: Cluster['namespaces']): Cluster['namespaces'] {
  const before = new Map(there.map((each) => [each.name, each.labels]));
  return over(
    there,
    declared.map(({ name, labels }) => ({ name, labels: { ...before.get(name), ...labels } })),
  );
}

function overRoutes(there: Cluster['routes'], declared: Cluster['routes']): Cluster['routes'] {
  const key = ({ kind, namespace, name }: Cluster['routes'][number]) => `${kind} ${namespace}/${name}`;
  const anew = new Set(declared.map(key));
  return [...there.filter((route) => !anew.has(key(route))), ...declared];
}

/** Its workload is declared anew, so its successors will be as declared. */
function isReplaced(pod: Pod, templates: readonly PodTemplate[]): boolean {
  const names = workloadNames(pod);
  return templates.some(
    ({ kind, namespace, name }) =>
      namespace === pod.namespace &&
      names.includes(name) &&
      (kind === 'Pod' ? pod.owner === null : pod.owner?.kind === kind || pod.owner?.kind === 'ReplicaSet'),
  );
}

function asWorkload({ kind, namespace, name, replicas, labels }: PodTemplate): Workload {
  return { kind, namespace, name, replicas, podLabels: { ...labels } };
}

function unevaluated({ networking }: Cluster, objects: readonly ApiObject[]): string[] {
  const declared = OTHER_POLICIES.filter(({ group, kind }) =>
    objects.some((each) => {
      const its = (textAt(each, 'apiVersion') ?? '').split('/')[0] ?? '';
      return textAt(each, 'kind') === kind.split(' ')[0] && (its === group || `crd.${its}` === group);
    }),
  );
  return [...new Set([...networking.unevaluated, ...declared.map(({ kind }) => kind)])];
}

interface Files {
  readonly rawPods: Surroundings['rawPods'];
  readonly objects: readonly ApiObject[];
  readonly hasBase: boolean;
}

/** Who serves each class: as the cluster has it, unless the files declare it or nobody there does. */
async function controllersOf(cluster: Cluster, { rawPods, objects, hasBase }: Files): Promise<IngressController[]> {
  const configMaps = new Map(
    objects
      .filter((each) => textAt(each, 'kind') === 'ConfigMap')
      .map((each) => [`${nameOf(each)?.namespace}/${nameOf(each)?.name}`, mapAt(each, 'data')]),
  );
  const around: Surroundings = {
    ...cluster,
    rawPods,
    configMap: async ({ namespace, name }) => configMaps.get(`${namespace}/${name}`) ?? null,
  };
  const found = await Promise.all(servedBy(cluster).map((served) => findController(served, around)));
  const anew = found.filter((each): each is IngressController => each !== null && (each.pods.length > 0 || hasBase));
  const before = new Map(cluster.controllers.map((each) => [each.className, each]));
  const isBetter = (each: IngressController) =>
    (before.get(each.className)?.pods.length ?? 0) === 0 && each.pods.length > 0;
  const added = anew.filter((each) => !before.has(each.className) || isBetter(each));
  return [...new Map([...cluster.controllers, ...added].map((each) => [each.className, each])).values()];
}

function servedBy({ ingressClasses, routes }: Cluster): Served[] {
  const named = routes.filter((route) => isOfClass(route)).flatMap(({ className }) => className ?? []);
  const names = new Set([...ingressClasses.map(({ name }) => name), ...named]);
  return [...names].map((className) => ({
    className,
    controller: ingressClasses.find(({ name }) => name === className)?.controller ?? null,
    gateway: null,
  }));
}

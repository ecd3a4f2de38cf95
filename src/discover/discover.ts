/** API objects → model/cluster. What may not be listed is said in `unread`; nothing here throws for what a cluster answers. */
import type { Cluster, Limitation, IngressController, ObjectName, Workload } from '../model/cluster.ts';
import type { ApiObject, ClusterClient, ListOptions, Resource } from '../api/cluster-client.ts';
import { findController, type Served, type Surroundings } from './controllers.ts';
import { findDnsDomain } from './dns-domain.ts';
import { findDnsService } from './dns-service.ts';
import { mapAt, nameOf, textAt } from '../api/fields.ts';
import { readHttpProxies } from './http-proxies.ts';
import { readIngressRoutes } from './ingress-routes.ts';
import { oldestFirst } from './oldest-first.ts';
import { OTHER_POLICIES, recogniseNetworking, TELLING_CONFIG_MAPS } from './networking.ts';
import { readNode } from './nodes.ts';
import { rbacName, RESOURCES } from '../api/resources.ts';
import { isOfClass } from '../model/route-match.ts';
import { gatewayKey, readGatewayRoutes, type GatewayApi } from './gateway-routes.ts';
import { readVirtualServices, servedIstioGateways, type IstioApi } from './virtual-services.ts';
import { withUpstreams } from './upstreams.ts';
import { POLICY_KINDS, withPolicies, type ProxyPolicies } from './proxy-policies.ts';
import { readIngress, readIngressClass, type IngressClass } from './routes.ts';
import { withCanaries } from './canaries.ts';
import { knownServiceRanges } from './service-ranges.ts';
import {
  readEndpointSlice,
  readNamespace,
  readNetworkPolicy,
  readPod,
  readService,
  readWorkload,
} from './workloads.ts';

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** Reads the whole cluster, all lists at once. Calls end with the signal; what then is missing is unread. */
export async function discover(client: ClusterClient, options: { readonly signal: AbortSignal }): Promise<Cluster> {
  const reader = new Reader(client.withSignal(options.signal));
  const [raw, groups] = await Promise.all([readAll(reader), reader.groups()]);
  const [gateway, httpProxies, istio, ingressRoutes, unevaluated, configMaps, policies] = await Promise.all([
    readGatewayApi(reader, groups),
    listWhereServed(reader, groups, RESOURCES.httpProxies),
    readIstio(reader, groups),
    listWhereServed(reader, groups, RESOURCES.ingressRoutes),
    otherPolicies(reader, groups),
    tellingConfigMaps(reader),
    readProxyPolicies(reader, groups),
  ]);
  const networking = recogniseNetworking({ daemonSets: raw.daemonSets, nodes: raw.nodes, configMaps, unevaluated });
  const ingressClasses = whole(raw.ingressClasses.map(readIngressClass));
  const routes = [
    ...withCanaries(oldestFirst(raw.ingresses).flatMap((each) => readIngress(each, ingressClasses))),
    ...readGatewayRoutes(gateway),
    ...readHttpProxies(httpProxies ?? [], ingressClasses),
    ...readVirtualServices(istio),
    ...readIngressRoutes(ingressRoutes ?? [], ingressClasses),
  ];
  const pods = whole(raw.pods.map(readPod));
  const services = whole(raw.services.map(readService));
  const endpointSlices = whole(raw.endpointSlices.map(readEndpointSlice));
  const networkPolicies = raw.networkPolicies.map((each) => ({ name: nameOf(each), read: readNetworkPolicy(each) }));
  for (const { name, read } of networkPolicies) {
    if (read === null)
      reader.miss({
        what: `networkpolicy ${name?.namespace}/${name?.name}`,
        because: 'its spec is not one that kprobe understands',
        resource: RESOURCES.networkPolicies.plural,
      });
  }
  const rawPods = new Map(raw.pods.map((pod) => [`${nameOf(pod)?.namespace}/${nameOf(pod)?.name}`, pod]));
  const around: Surroundings = {
    pods,
    rawPods,
    services,
    endpointSlices,
    routes,
    configMap: (name) => reader.configMap(name),
  };
  const served = [...servedClasses(ingressClasses, routes), ...servedGateways(gateway), ...servedIstioGateways(istio)];
  const workloads = workloadsOf(raw);
  const serviceRanges = knownServiceRanges(raw.serviceCidrs, services);
  const dnsService = findDnsService(services);
  const [controllers, dnsDomain] = await Promise.all([
    Promise.all(served.map((each) => findController(each, around))),
    findDnsDomain(dnsService, around.configMap),
  ]);
  const known = controllers.filter((each): each is IngressController => each !== null);
  const uid = textAt(
    raw.namespaces.find((each) => nameOf(each)?.name === 'kube-system'),
    'metadata',
    'uid',
  );
  return {
    ...(uid === null ? {} : { uid }),
    version: client.version,
    networking,
    nodes: whole(raw.nodes.map((node) => readNode(node, networking.cni))),
    namespaces: whole(raw.namespaces.map(readNamespace)),
    pods,
    services,
    endpointSlices,
    routes: withUpstreams(withPolicies(routes, known, { ...policies, services: raw.services }), {
      controllers: known,
      services,
      rawServices: raw.services,
    }),
    controllers: known,
    ingressClasses,
    networkPolicies: whole(networkPolicies.map(({ read }) => read)),
    dnsService,
    ...(dnsDomain === null ? {} : { dnsDomain }),
    ...(workloads === null ? {} : { workloads }),
    ...(serviceRanges.length === 0 ? {} : { serviceRanges }),
    unread: reader.unread,
  };
}

/** Lists and remembers what could not be listed, with the right that is missing. */
class Reader {
  readonly unread: Limitation[] = [];
  readonly #client: ClusterClient;

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  list(resource: Resource, options?: ListOptions): Promise<readonly ApiObject[] | null> {
    return this.listFirst([resource], options);
  }

  /** The same kind in several versions, of which a cluster may have one or none. */
  async listFirst(
    [resource, ...older]: readonly Resource[],
    options?: ListOptions,
  ): Promise<readonly ApiObject[] | null> {
    // The kind does not exist here: nothing is missing.
    if (resource === undefined) return [];
    const listed = await this.#client.list(resource, options);
    if (listed.ok) return listed.value;
    const { status, message } = listed.problem;
    if (status === 404) return this.listFirst(older, options);
    const right = `may not list ${rbacName(resource)}${resource.namespaced ? ' in all namespaces' : ''}`;
    this.miss({ what: rbacName(resource), because: status === 403 ? right : message, resource: subjectOf(resource) });
    return null;
  }

  async groups(): Promise<ReadonlyMap<string, string>> {
    const groups = await this.#client.groups();
    if (groups.ok) return groups.value;
    const because = `Gateway API and other policy kinds are not looked for: ${groups.problem.message}`;
    this.miss({ what: 'API groups', because, resource: 'apigroups' });
    return new Map();
  }

  /** Absent ones are ordinary; only a missing right is worth a word. */
  async configMap(name: ObjectName): Promise<Readonly<Record<string, string>> | null> {
    const got = await this.#client.get(RESOURCES.configMaps, name);
    if (got.ok) return mapAt(got.value, 'data');
    if (got.problem.status === 403) {
      const because = `may not get configmaps in namespace ${name.namespace}`;
      this.miss({ what: `ConfigMap ${name.namespace}/${name.name}`, because, resource: RESOURCES.configMaps.plural });
    }
    return null;
  }

  miss({
    resource,
    ...limitation
  }: {
    readonly what: string;
    readonly because: string;
    readonly resource: string;
  }): void {
    this.unread.push({ ...limitation, subject: { kind: 'resource', resource } });
  }
}

/** Kinds that Kubernetes itself defines, by group: elsewhere the same plural means something else (Calico has `networkpolicies` too). */
const OWN_GROUPS: ReadonlySet<string> = new Set(Object.values(RESOURCES).map(({ group }) => group));

/** As `Gap.subject` has it. */
function subjectOf(resource: Resource): string {
  return OWN_GROUPS.has(resource.group) ? resource.plural : rbacName(resource);
}

async function readAll(reader: Reader) {
  const kinds = [
    'nodes',
    'namespaces',
    'pods',
    'services',
    'endpointSlices',
    'ingresses',
    'ingressClasses',
    'networkPolicies',
    'serviceCidrs',
  ] as const;
  const [daemonSets, deployments, statefulSets, ...lists] = await Promise.all([
    reader.list(RESOURCES.daemonSets),
    reader.list(RESOURCES.deployments),
    reader.list(RESOURCES.statefulSets),
    ...kinds.map((kind) => reader.list(RESOURCES[kind])),
  ]);
  const byKind = Object.fromEntries(kinds.map((kind, index) => [kind, lists[index] ?? []])) as Record<
    (typeof kinds)[number],
    readonly ApiObject[]
  >;
  return { ...byKind, daemonSets, deployments, statefulSets };
}

type WorkloadLists = Pick<Awaited<ReturnType<typeof readAll>>, 'daemonSets' | 'deployments' | 'statefulSets'>;

/** null where none of the kinds may be listed; which of them were not is in `unread`. */
function workloadsOf({ daemonSets, deployments, statefulSets }: WorkloadLists): Workload[] | null {
  if (daemonSets === null && deployments === null && statefulSets === null) return null;
  return [
    ...(deployments ?? []).map((each) => readWorkload('Deployment', each)),
    ...(statefulSets ?? []).map((each) => readWorkload('StatefulSet', each)),
    ...(daemonSets ?? []).map((each) => readWorkload('DaemonSet', each)),
  ].filter((each) => each !== null);
}

/** Versions of kinds that came to v1 later than the others (Gateway API 1.5), newest first. */
const OLDER_VERSIONS = { referenceGrants: ['v1beta1'], tlsRoutes: ['v1alpha3', 'v1alpha2'] } as const;

async function readGatewayApi(reader: Reader, groups: ReadonlyMap<string, string>): Promise<GatewayApi> {
  const version = groups.get(GATEWAY_GROUP);
  const nothing = { httpRoutes: [], grpcRoutes: [], tlsRoutes: [], gateways: [], classes: [], grants: [] };
  if (version === undefined) return nothing;
  const list = (resource: Resource, older: readonly string[] = []) =>
    reader.listFirst([version, ...older].map((each) => ({ ...resource, version: each })));
  const [httpRoutes, grpcRoutes, tlsRoutes, gateways, classes, grants] = await Promise.all([
    list(RESOURCES.httpRoutes),
    list(RESOURCES.grpcRoutes),
    list(RESOURCES.tlsRoutes, OLDER_VERSIONS.tlsRoutes),
    list(RESOURCES.gateways),
    list(RESOURCES.gatewayClasses),
    list(RESOURCES.referenceGrants, OLDER_VERSIONS.referenceGrants),
  ]);
  return {
    httpRoutes: httpRoutes ?? [],
    grpcRoutes: grpcRoutes ?? [],
    tlsRoutes: tlsRoutes ?? [],
    gateways,
    classes: classes ?? [],
    grants,
  };
}

/** Of a kind whose group the cluster may lack: none there. null: which there are could not be read. */
async function listWhereServed(
  reader: Reader,
  groups: ReadonlyMap<string, string>,
  resource: Resource,
): Promise<readonly ApiObject[] | null> {
  const version = groups.get(resource.group);
  return version === undefined ? [] : reader.list({ ...resource, version });
}

async function readIstio(reader: Reader, groups: ReadonlyMap<string, string>): Promise<IstioApi> {
  const [virtualServices, gateways] = await Promise.all([
    listWhereServed(reader, groups, RESOURCES.virtualServices),
    listWhereServed(reader, groups, RESOURCES.istioGateways),
  ]);
  return { virtualServices: virtualServices ?? [], gateways };
}

/** Only where the group of a kind is there. */
async function readProxyPolicies(
  reader: Reader,
  groups: ReadonlyMap<string, string>,
): Promise<Omit<ProxyPolicies, 'services'>> {
  const list = async (resource: Resource) => (await listWhereServed(reader, groups, resource)) ?? [];
  const [backendTrafficPolicies, destinationRules, serversTransports] = await Promise.all([
    list(POLICY_KINDS.backendTrafficPolicies),
    list(POLICY_KINDS.destinationRules),
    list(POLICY_KINDS.serversTransports),
  ]);
  return { backendTrafficPolicies, destinationRules, serversTransports };
}

/** Those of which at least one object exists, or that may not be looked at. */
async function otherPolicies(reader: Reader, groups: ReadonlyMap<string, string>): Promise<string[]> {
  const there = OTHER_POLICIES.filter(({ group }) => groups.has(group));
  const lists = await Promise.all(
    there.map(({ group, plural, namespaced }) =>
      reader.list({ group, plural, namespaced, version: groups.get(group) ?? 'v1' }, { atMost: 1 }),
    ),
  );
  return there.filter((_, index) => lists[index]?.length !== 0).map(({ kind }) => kind);
}

async function tellingConfigMaps(reader: Reader): Promise<Map<string, Readonly<Record<string, string>>>> {
  const found = await Promise.all(
    TELLING_CONFIG_MAPS.map(
      async (name) => [name, await reader.configMap({ namespace: 'kube-system', name })] as const,
    ),
  );
  return new Map(found.flatMap(([name, data]) => (data === null ? [] : [[name, data] as const])));
}

/** Every class that exists or that a route names. */
function servedClasses(classes: readonly IngressClass[], routes: Cluster['routes']): Served[] {
  const named = routes.filter((route) => isOfClass(route)).flatMap(({ className }) => className ?? []);
  const names = new Set([...classes.map(({ name }) => name), ...named]);
  return [...names].map((className) => {
    const controller = classes.find(({ name }) => name === className)?.controller ?? null;
    return { className, controller, gateway: null };
  });
}

function servedGateways({ gateways, classes }: GatewayApi): Served[] {
  return (gateways ?? []).flatMap((gateway) => {
    const named = nameOf(gateway);
    if (named === null) return [];
    const className = textAt(gateway, 'spec', 'gatewayClassName');
    const controllerClass = classes.find((each) => nameOf(each)?.name === className);
    return [
      { className: gatewayKey(gateway), controller: textAt(controllerClass, 'spec', 'controllerName'), gateway: named },
    ];
  });
}

function whole<T>(items: readonly (T | null)[]): T[] {
  return items.filter((each): each is T => each !== null);
}

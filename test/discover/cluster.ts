/** Tiny makers of API objects and of a fake client that serves them. */
import type { ApiObject, ApiResult, ClusterClient, Resource } from '../../src/api/cluster-client.ts';
import { discover } from '../../src/discover/discover.ts';
import type { Cluster } from '../../src/model/cluster.ts';

export type Objects = Readonly<Record<string, readonly ApiObject[]>>;

export interface Served {
  readonly objects: Objects;
  /** Plural names that may not be listed or read. */
  readonly denied?: readonly string[];
  readonly groups?: Readonly<Record<string, string>>;
}

const forbidden = { ok: false, problem: { status: 403, reason: 'Forbidden', message: 'forbidden' } } as const;

/** Serves lists and single objects; everything else fails the test. */
export function servingClient({ objects, denied = [], groups = {} }: Served): ClusterClient {
  const all = (resource: Resource) => objects[resource.plural] ?? [];
  const refuse = () => {
    throw new Error('discovery only reads');
  };
  const client: ClusterClient = {
    context: 'test',
    namespace: 'default',
    server: 'https://test',
    version: 'v1.34.0',
    withSignal: () => client,
    groups: async () => ({ ok: true, value: new Map(Object.entries(groups)) }),
    list: async (resource) => (denied.includes(resource.plural) ? forbidden : { ok: true, value: all(resource) }),
    async get(resource, { namespace, name }): Promise<ApiResult<ApiObject>> {
      if (denied.includes(resource.plural)) return forbidden;
      const found = all(resource).find((each) => {
        const metadata = each['metadata'] as { name?: string; namespace?: string } | undefined;
        return metadata?.name === name && metadata.namespace === namespace;
      });
      return found === undefined
        ? { ok: false, problem: { status: 404, reason: 'NotFound', message: 'not found' } }
        : { ok: true, value: found };
    },
    create: refuse,
    apply: refuse,
    patch: refuse,
    addEphemeralContainer: refuse,
    delete: refuse,
    deleteAll: refuse,
    watch: refuse,
    followLog: refuse,
    readLog: refuse,
    holdInput: refuse,
    mayI: refuse,
    clock: refuse,
    close: async () => {},
  };
  return client;
}

export function discovered(objects: Objects, more: Omit<Served, 'objects'> = {}): Promise<Cluster> {
  return discover(servingClient({ objects, ...more }), { signal: AbortSignal.timeout(5000) });
}

interface PodParts {
  readonly namespace?: string;
  readonly node?: string;
  readonly ip?: string;
  readonly labels?: Record<string, string>;
  readonly hostNetwork?: boolean;
  readonly args?: readonly string[];
  readonly ports?: readonly object[];
  readonly owner?: { kind: string; name: string };
  readonly status?: object;
}

export function pod(name: string, parts: PodParts = {}): ApiObject {
  const {
    namespace = 'shop',
    node = 'n1',
    ip = '10.1.0.9',
    labels = {},
    hostNetwork = false,
    args = [],
    ports = [],
    owner,
  } = parts;
  const owners = owner === undefined ? [] : [{ ...owner, controller: true }];
  return {
    metadata: { name, namespace, uid: name, labels, ownerReferences: owners },
    spec: { nodeName: node, hostNetwork, containers: [{ name: 'c', args, ports }] },
    status: {
      phase: 'Running',
      podIP: ip,
      hostIP: `192.0.2.${node.slice(1)}`,
      conditions: [{ type: 'Ready', status: 'True' }],
      ...parts.status,
    },
  };
}

export function node(
  name: string,
  parts: { annotations?: Record<string, string>; kubelet?: string; podCidr?: string } = {},
): ApiObject {
  return {
    metadata: { name, annotations: parts.annotations ?? {} },
    spec: { podCIDR: parts.podCidr ?? '10.42.1.0/24' },
    status: {
      addresses: [{ type: 'InternalIP', address: `192.0.2.${name.slice(1)}` }],
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: { kubeletVersion: parts.kubelet ?? 'v1.34.0' },
    },
  };
}

export function service(
  name: string,
  spec: object,
  more: { namespace?: string; labels?: object; status?: object } = {},
): ApiObject {
  const { namespace = 'shop', labels = {}, status = {} } = more;
  return { metadata: { name, namespace, labels }, spec, status };
}

export function slice(
  serviceName: string,
  parts: { namespace?: string; ports: readonly object[]; endpoints: readonly object[] },
): ApiObject {
  const { namespace = 'shop', ports, endpoints } = parts;
  return {
    metadata: { name: `${serviceName}-x`, namespace, labels: { 'kubernetes.io/service-name': serviceName } },
    ports,
    endpoints,
  };
}

export function ingress(
  name: string,
  host: string | null,
  parts: { path?: string; service?: string; port?: object; spec?: object; annotations?: object; status?: object } = {},
): ApiObject {
  const backend = { service: { name: parts.service ?? 'web', port: parts.port ?? { name: 'http' } } };
  const rule = {
    ...(host === null ? {} : { host }),
    http: { paths: [{ path: parts.path ?? '/', pathType: 'Prefix', backend }] },
  };
  return {
    metadata: { name, namespace: 'shop', annotations: parts.annotations ?? {} },
    spec: { ingressClassName: 'nginx', rules: [rule], ...parts.spec },
    status: parts.status ?? {},
  };
}

export const ingressClass = (name: string, controller: string, isDefault = false): ApiObject => ({
  metadata: { name, annotations: isDefault ? { 'ingressclass.kubernetes.io/is-default-class': 'true' } : {} },
  spec: { controller },
});

const NGINX_LABELS = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' };

export const nginxPod = (name: string, parts: PodParts = {}): ApiObject =>
  pod(name, {
    namespace: 'ingress-nginx',
    labels: NGINX_LABELS,
    ports: [
      { name: 'http', containerPort: 80 },
      { name: 'https', containerPort: 443 },
    ],
    ...parts,
  });

/** shop.example.com → nginx on the host network of n1 → Service web → one pod on each node. */
export const SHOP: Objects = {
  nodes: [node('n1'), node('n2')],
  ingressclasses: [ingressClass('nginx', 'k8s.io/ingress-nginx')],
  ingresses: [ingress('web', 'shop.example.com')],
  services: [
    service('web', {
      clusterIP: '10.96.0.7',
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    }),
  ],
  endpointslices: [
    slice('web', {
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: [
        {
          addresses: ['10.1.0.1'],
          nodeName: 'n1',
          conditions: { ready: true },
          targetRef: { kind: 'Pod', name: 'web-a-1', namespace: 'shop' },
        },
        {
          addresses: ['10.1.1.1'],
          nodeName: 'n2',
          conditions: { ready: false },
          targetRef: { kind: 'Pod', name: 'web-a-2', namespace: 'shop' },
        },
      ],
    }),
  ],
  pods: [
    nginxPod('nginx-1', { hostNetwork: true, ip: '192.0.2.1' }),
    pod('web-a-1', {
      ip: '10.1.0.1',
      labels: { app: 'web', 'pod-template-hash': 'a' },
      owner: { kind: 'ReplicaSet', name: 'web-a' },
      ports: [{ name: 'http', containerPort: 8080 }],
    }),
    pod('web-a-2', {
      ip: '10.1.1.1',
      node: 'n2',
      labels: { app: 'web', 'pod-template-hash': 'a' },
      owner: { kind: 'ReplicaSet', name: 'web-a' },
    }),
  ],
};

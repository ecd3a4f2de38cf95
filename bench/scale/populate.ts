/** What the simulated cluster is made of: nodes in zones with what kubelets write of them, DNS, and a shop of many Services. */
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { listAt, textAt } from '../../src/api/fields.ts';
import type { ControlPlane } from './control-plane.ts';

const ZONES = 6;
/** Made at once. */
const AT_ONCE = 24;
/** Images on a node that the kubelet tells of (kubelet: nodeStatusMaxImages). */
const IMAGES = 50;

export interface Size {
  readonly nodes: number;
  /** Each with one pod behind it. */
  readonly services: number;
}

/** Throws where the API server refuses an object. */
export async function populate(plane: ControlPlane, { nodes, services }: Size, kubeletPort: number): Promise<void> {
  await plane.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'probers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'Group', name: 'probers', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  for (const name of ['shop', 'kprobe', 'kprobe-host'])
    await plane.call('POST', '/api/v1/namespaces', { metadata: { name } });
  // What the controller manager would make, and pods are refused without.
  for (const name of ['shop', 'kprobe', 'kprobe-host', 'kube-system'])
    await plane.call('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  const limit = pLimit(AT_ONCE);
  const each = (count: number, make: (at: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: count }, (_, at) => limit(() => make(at))));
  await each(nodes, (at) => plane.call('POST', '/api/v1/nodes', nodeOf(at, kubeletPort)));
  plane.startNodes(kubeletPort);
  await serve(
    plane,
    { namespace: 'kube-system', name: 'kube-dns', labels: { 'k8s-app': 'kube-dns' }, clusterIP: '10.96.0.10' },
    [
      { at: 0, port: 53 },
      { at: 1, port: 53 },
    ],
  );
  await each(services, (at) =>
    serve(plane, { namespace: 'shop', name: `web-${at}`, labels: { app: `web-${at}` } }, [
      { at: (at + 2) % nodes, port: 8080 },
    ]),
  );
  await untilAllNodesAreReady(plane, nodes);
}

async function untilAllNodesAreReady(plane: ControlPlane, nodes: number): Promise<void> {
  for (;;) {
    // All of them whole would be tens of megabytes.
    const listed = await plane.call('GET', '/api/v1/nodes?includeObject=None');
    const ready = listAt(listed, 'rows').filter((row) => listAt(row, 'cells')[1] === 'Ready');
    if (ready.length >= nodes) return;
    await sleep(1000);
  }
}

/** As kwok has chosen it. */
async function addressOf(plane: ControlPlane, namespace: string, pod: string): Promise<string> {
  for (;;) {
    const address = textAt(await plane.call('GET', `/api/v1/namespaces/${namespace}/pods/${pod}`), 'status', 'podIP');
    if (address !== null) return address;
    await sleep(200);
  }
}

interface Serving {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly clusterIP?: string;
}

/** A Service, its pods, and the EndpointSlice that a controller would make. */
async function serve(
  plane: ControlPlane,
  { namespace, name, labels, clusterIP }: Serving,
  backends: readonly { at: number; port: number }[],
) {
  const isDns = name === 'kube-dns';
  const port = backends[0]?.port ?? 0;
  const ports = isDns
    ? [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
      ]
    : [{ name: 'http', port: 80, protocol: 'TCP', targetPort: port }];
  const spec = { selector: labels, ports, ...(clusterIP === undefined ? {} : { clusterIP }) };
  await plane.call('POST', `/api/v1/namespaces/${namespace}/services`, { metadata: { name, labels }, spec });
  for (const [index, { at }] of backends.entries()) {
    await plane.call(
      'POST',
      `/api/v1/namespaces/${namespace}/pods`,
      podOf({ name: `${name}-${index}`, labels, node: nodeName(at), ports }),
    );
  }
  const addresses = await Promise.all(backends.map((_, index) => addressOf(plane, namespace, `${name}-${index}`)));
  await plane.call('POST', `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    metadata: {
      name: `${name}-1`,
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    addressType: 'IPv4',
    ports: ports.map(({ name: of, targetPort, protocol }) => ({ name: of, port: targetPort, protocol })),
    endpoints: backends.map(({ at }, index) => ({
      addresses: [addresses[index] ?? ''],
      conditions: { ready: true },
      nodeName: nodeName(at),
      targetRef: { kind: 'Pod', namespace, name: `${name}-${index}` },
    })),
  });
}

const nodeName = (at: number) => `worker-${at + 1}`;
const rangeOf = (at: number) => `10.${128 + (at >> 8)}.${at & 255}`;

function podOf({
  name,
  labels,
  node,
  ports,
}: {
  name: string;
  labels: object;
  node: string;
  ports: readonly { targetPort: number; protocol: string }[];
}): object {
  return {
    metadata: { name, labels },
    spec: {
      nodeName: node,
      containers: [
        {
          name: 'web',
          image: 'registry.example/shop/web:1.14.2',
          ports: ports.map(({ targetPort, protocol }) => ({ containerPort: targetPort, protocol })),
          env: Array.from({ length: 12 }, (_, at) => ({ name: `SETTING_${at}`, value: 'some value of usual length' })),
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
        },
      ],
    },
  };
}

/** As large as nodes are: half of it is the list of images. */
function nodeOf(at: number, kubeletPort: number): object {
  const name = nodeName(at);
  return {
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'm5.2xlarge',
        'topology.kubernetes.io/region': 'here',
        'topology.kubernetes.io/zone': `here-${at % ZONES}`,
      },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
    },
    spec: { podCIDR: `${rangeOf(at)}.0/24`, podCIDRs: [`${rangeOf(at)}.0/24`] },
    status: {
      addresses: [
        // Of the loopback network, every address of which is this machine: the API server asks for logs there.
        { type: 'InternalIP', address: `127.${10 + (at >> 14)}.${(at >> 7) & 127}.${1 + (at & 127)}` },
        { type: 'Hostname', address: name },
      ],
      allocatable: { cpu: '8', memory: '32Gi', pods: '110' },
      capacity: { cpu: '8', memory: '32Gi', pods: '110' },
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      images: Array.from({ length: IMAGES }, (_, image) => ({
        names: [
          `registry.example/team-${image % 7}/application-${image}@sha256:${String(image).padStart(64, '3')}`,
          `registry.example/team-${image % 7}/application-${image}:v1.${image}.${at % 13}`,
        ],
        sizeBytes: 100_000_000 + image,
      })),
    },
  };
}

/** The objects of a draw as manifests, with the mistakes that it makes in them. */
import type { Manifest } from '../../src/lab/scenario/manifest.ts';
import type { World } from './world.ts';

/** Mistakes and oddities in the objects; what is absent is as it should be. */
export interface Mistakes {
  /** What the Service selects, instead of the pods. */
  readonly selects?: string;
  readonly targetPort?: number;
  readonly internalTrafficPolicy?: 'Local';
  readonly isHeadless?: boolean;
  readonly isTls?: boolean;
  readonly ingressPort?: number;
  /** Instead of a web server: a program of Node, and how the kubelet sees that it is ready. */
  readonly program?: { readonly source: string; readonly readiness: unknown };
  /** Further objects: policies, EndpointSlices, bystanders. */
  readonly beside?: readonly Manifest[];
}

const TOOLS = 'docker.io/rig/tools:1';
const NODE = 'docker.io/library/node:24-slim';

export function objectsOf(world: World, mistakes: Mistakes): Manifest[] {
  const { namespace, clientNamespace, form, isSelf } = world;
  const hasClient = form === 'from' && !isSelf;
  const spaces = hasClient ? [namespace, clientNamespace] : [namespace];
  return [
    ...spaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    workload(world, mistakes),
    service(world, mistakes),
    ...(form === 'host' ? [ingress(world, mistakes)] : []),
    ...(hasClient ? [client(world)] : []),
    ...(mistakes.beside ?? []),
  ];
}

function workload({ namespace, app, backends, containerPort }: World, { program }: Mistakes): Manifest {
  const serve = `mkdir /www; hostname > /www/index.html; httpd -f -p ${containerPort} -h /www`;
  return deployment(namespace, app, backends, {
    name: app,
    image: program === undefined ? TOOLS : NODE,
    imagePullPolicy: 'IfNotPresent',
    command: program === undefined ? ['sh', '-c', serve] : ['node', '-e', program.source],
    ports: [{ name: 'http', containerPort }],
    readinessProbe:
      program === undefined ? { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 } : program.readiness,
  });
}

function client({ clientNamespace, client: name, clientNode }: World): Manifest {
  const container = { name, image: TOOLS, imagePullPolicy: 'IfNotPresent', command: ['sleep', 'infinity'] };
  return deployment(clientNamespace, name, [clientNode], container);
}

/** A pod on each of these nodes. */
export function deployment(namespace: string, name: string, nodes: readonly string[], container: unknown): Manifest {
  const labels = { app: name };
  const there = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: nodes }] }];
  const spread = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: labels },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: nodes.length,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          affinity: {
            nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: there } },
          },
          topologySpreadConstraints: [spread],
          containers: [container],
        },
      },
    },
  };
}

function service(world: World, { selects, targetPort, internalTrafficPolicy, isHeadless }: Mistakes): Manifest {
  const { namespace, app, servicePort } = world;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app, namespace },
    spec: {
      ...(isHeadless === true ? { clusterIP: 'None' } : {}),
      selector: { app: selects ?? app },
      ports: [{ name: 'http', port: servicePort, targetPort: targetPort ?? 'http' }],
      ...(internalTrafficPolicy === undefined ? {} : { internalTrafficPolicy }),
    },
  };
}

function ingress({ namespace, app, host, servicePort }: World, { ingressPort, isTls }: Mistakes): Manifest {
  const backend = { service: { name: app, port: { number: ingressPort ?? servicePort } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: app, namespace },
    spec: {
      ingressClassName: 'nginx',
      ...(isTls === true ? { tls: [{ hosts: [host] }] } : {}),
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

export function policy(namespace: string, name: string, spec: Readonly<Record<string, unknown>>): Manifest {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

/** An EndpointSlice that lists an address which no pod has. */
export function strandedSlice({ namespace, app, containerPort }: World, address: string): Manifest {
  const labels = {
    'kubernetes.io/service-name': app,
    'endpointslice.kubernetes.io/managed-by': 'a-script',
  };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${app}-by-hand`, namespace, labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: containerPort, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  };
}

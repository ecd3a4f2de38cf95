/** The ingress controller with the names and labels that its own chart gives it. */
import type { Manifest } from '../scenario/manifest.ts';
import type { Topology } from '../model.ts';
import { LAB_IMAGE } from './image.ts';
import { INSTALLATIONS, type IngressProgram, type Installation } from './ingress-program.ts';

/** In the range that Kubernetes keeps for NodePorts; the numbers that ingress-nginx' bare-metal examples use. */
const HTTP_NODE_PORT = 30_080;
const HTTPS_NODE_PORT = 30_443;
/** On the pod network two replicas, so that a request meets both localities. */
const REPLICAS = 2;

/** Manifests, in the order in which they are made. */
export function ingressManifests({ program, hostNetwork }: NonNullable<Topology['ingress']>): Manifest[] {
  const installation = INSTALLATIONS[program];
  const { namespace, workload, configMap, labels } = installation;
  const metadata = { name: workload, namespace, labels };
  const spec = { selector: { matchLabels: labels }, template: podTemplate(installation, hostNetwork) };
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'app.kubernetes.io/name': labels['app.kubernetes.io/name'] } },
    },
    ...classManifests(program, installation),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: configMap, namespace }, data: {} },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: accountOf(installation), namespace } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'NodePort',
        selector: labels,
        ports: [
          { name: 'http', port: 80, targetPort: 'http', nodePort: HTTP_NODE_PORT, protocol: 'TCP' },
          { name: 'https', port: 443, targetPort: 'https', nodePort: HTTPS_NODE_PORT, protocol: 'TCP' },
        ],
      },
    },
    hostNetwork
      ? { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec }
      : { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: REPLICAS, ...spec } },
  ];
}

function accountOf({ labels }: Installation): string {
  return labels['app.kubernetes.io/name'];
}

/** `spec.controller` of the IngressClass. */
const CLASS_CONTROLLERS = { nginx: 'k8s.io/ingress-nginx', haproxy: 'haproxy-ingress.github.io/controller' } as const;
export const GATEWAY_CONTROLLER = 'projectcontour.io/gateway-controller';

/** What routes name to be served by it: an IngressClass, or a Gateway with its class. */
function classManifests(program: IngressProgram, { className, namespace, labels }: Installation): Manifest[] {
  if (program !== 'envoy') {
    return [
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: className, labels },
        spec: { controller: CLASS_CONTROLLERS[program] },
      },
    ];
  }
  const listener = (name: string, port: number, more: object) => ({
    name,
    port,
    allowedRoutes: { namespaces: { from: 'All' } },
    ...more,
  });
  return [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: className },
      spec: { controllerName: GATEWAY_CONTROLLER },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: className, namespace },
      spec: {
        gatewayClassName: className,
        listeners: [
          listener('http', 80, { protocol: 'HTTP' }),
          listener('https', 443, { protocol: 'HTTPS', tls: { mode: 'Terminate', certificateRefs: [{ name: 'tls' }] } }),
        ],
      },
    },
  ];
}

function podTemplate(installation: Installation, hostNetwork: boolean): object {
  const { labels, command, args } = installation;
  return {
    metadata: { labels },
    spec: {
      serviceAccountName: accountOf(installation),
      ...(hostNetwork
        ? { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }
        : {
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: 'kubernetes.io/hostname',
                whenUnsatisfiable: 'ScheduleAnyway',
                labelSelector: { matchLabels: labels },
              },
            ],
          }),
      containers: [
        {
          name: labels['app.kubernetes.io/component'],
          image: LAB_IMAGE,
          imagePullPolicy: 'IfNotPresent',
          command: [command],
          args: [...args],
          ports: [
            { name: 'http', containerPort: 80, protocol: 'TCP' },
            { name: 'https', containerPort: 443, protocol: 'TCP' },
          ],
          readinessProbe: { httpGet: { path: '/healthz', port: 10_254 }, periodSeconds: 1 },
        },
      ],
    },
  };
}

/** The ingress controller with the names and labels that ingress-nginx' chart gives it. */
import type { Manifest } from '../scenario/manifest.ts';
import type { Topology } from '../model.ts';
import { LAB_IMAGE } from './image.ts';

export const INGRESS_NAMESPACE = 'ingress-nginx';
export const INGRESS_NAME = 'ingress-nginx-controller';
/** In the range that Kubernetes keeps for NodePorts; the numbers that its bare-metal examples use. */
const HTTP_NODE_PORT = 30_080;
const HTTPS_NODE_PORT = 30_443;
/** On the pod network two replicas, so that a request meets both localities. */
const REPLICAS = 2;

const LABELS = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' };

/** Manifests, in the order in which they are made. */
export function ingressManifests({ hostNetwork }: NonNullable<Topology['ingress']>): Manifest[] {
  const metadata = { name: INGRESS_NAME, namespace: INGRESS_NAMESPACE, labels: LABELS };
  const spec = { selector: { matchLabels: LABELS }, template: podTemplate(hostNetwork) };
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: INGRESS_NAMESPACE, labels: { 'app.kubernetes.io/name': 'ingress-nginx' } },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nginx', labels: LABELS },
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: INGRESS_NAME, namespace: INGRESS_NAMESPACE }, data: {} },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ingress-nginx', namespace: INGRESS_NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'NodePort',
        selector: LABELS,
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

function podTemplate(hostNetwork: boolean): object {
  return {
    metadata: { labels: LABELS },
    spec: {
      serviceAccountName: 'ingress-nginx',
      ...(hostNetwork
        ? { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }
        : {
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: 'kubernetes.io/hostname',
                whenUnsatisfiable: 'ScheduleAnyway',
                labelSelector: { matchLabels: LABELS },
              },
            ],
          }),
      containers: [
        {
          name: 'controller',
          image: LAB_IMAGE,
          imagePullPolicy: 'IfNotPresent',
          command: ['nginx-ingress-controller'],
          args: ['--controller-class=k8s.io/ingress-nginx', '--ingress-class=nginx'],
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

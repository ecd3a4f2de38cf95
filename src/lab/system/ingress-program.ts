/** The programs that may stand at the ingress, each under the names by which its usual controller installs it. */

export const INGRESS_PROGRAMS = ['nginx', 'haproxy', 'envoy'] as const;
export type IngressProgram = (typeof INGRESS_PROGRAMS)[number];

export interface Installation {
  readonly namespace: string;
  /** Of its DaemonSet or Deployment, and of the Service in front of it. */
  readonly workload: string;
  /** Where its settings are. */
  readonly configMap: string;
  /** The IngressClass, or the Gateway. */
  readonly className: string;
  /** Of its pods: `app.kubernetes.io/name` is also its namespace's. */
  readonly labels: Readonly<Record<(typeof LABEL_KEYS)[number], string>>;
  /** What the pods run (programs/shims.ts). */
  readonly command: string;
  readonly args: readonly string[];
}

export const LABEL_KEYS = ['app.kubernetes.io/name', 'app.kubernetes.io/component'] as const;

/** ingress-nginx' chart; haproxy-ingress' chart; Contour's chart, its Envoy served by a Gateway (static provisioning). */
export const INSTALLATIONS: Readonly<Record<IngressProgram, Installation>> = {
  nginx: {
    namespace: 'ingress-nginx',
    workload: 'ingress-nginx-controller',
    configMap: 'ingress-nginx-controller',
    className: 'nginx',
    labels: { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
    command: 'nginx-ingress-controller',
    args: ['--controller-class=k8s.io/ingress-nginx', '--ingress-class=nginx'],
  },
  haproxy: {
    namespace: 'ingress-controller',
    workload: 'haproxy-ingress',
    configMap: 'haproxy-ingress',
    className: 'haproxy',
    labels: { 'app.kubernetes.io/name': 'haproxy-ingress', 'app.kubernetes.io/component': 'proxy' },
    command: 'haproxy-ingress-controller',
    args: ['--configmap=ingress-controller/haproxy-ingress', '--ingress-class=haproxy'],
  },
  envoy: {
    namespace: 'projectcontour',
    workload: 'envoy',
    configMap: 'contour',
    className: 'contour',
    labels: { 'app.kubernetes.io/name': 'contour', 'app.kubernetes.io/component': 'envoy' },
    command: 'envoy-proxy',
    args: [],
  },
};

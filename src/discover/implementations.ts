/** Ingress and Gateway implementations: how each is recognised and where its proxies stand (policy reference, section 4). */

import type { ObjectName, Pod } from '../model/cluster.ts';

export interface Implementation {
  readonly name: string;
  /** Values of `IngressClass.spec.controller` or `GatewayClass.spec.controllerName`, each also with a `/suffix`. */
  readonly controllers: readonly string[];
  /** Class names it serves by habit, where no class object says who. */
  readonly usualClasses: readonly string[];
  /** Label sets of its proxy pods as its own manifests have them; empty: it has no proxy inside the cluster. */
  readonly podLabels: readonly Readonly<Record<string, string>>[];
  /** Whether its proxies are the very pods that get `--ingress-class`; elsewhere those only steer. */
  readonly isOwnProxy: boolean;
  /** Whether a client meets it at the addresses of its pods; elsewhere only at those of its Services. */
  readonly listensAtPods: boolean;
}

const implementation = (name: string, rest: Partial<Omit<Implementation, 'name'>>): Implementation => ({
  name,
  controllers: [],
  usualClasses: [],
  podLabels: [],
  isOwnProxy: true,
  listensAtPods: true,
  ...rest,
});

export const IMPLEMENTATIONS: readonly Implementation[] = [
  implementation('ingress-nginx', {
    controllers: ['k8s.io/ingress-nginx'],
    usualClasses: ['nginx'],
    podLabels: [
      { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
      { 'app.kubernetes.io/name': 'rke2-ingress-nginx', 'app.kubernetes.io/component': 'controller' },
    ],
  }),
  implementation('nginx-ingress', {
    controllers: ['nginx.org/ingress-controller'],
    podLabels: [{ 'app.kubernetes.io/name': 'nginx-ingress' }, { app: 'nginx-ingress' }],
  }),
  implementation('traefik', {
    controllers: ['traefik.io/ingress-controller', 'traefik.io/gateway-controller'],
    usualClasses: ['traefik'],
    podLabels: [{ 'app.kubernetes.io/name': 'traefik' }],
  }),
  implementation('haproxytech-ingress', {
    controllers: ['haproxy.org/ingress-controller', 'haproxy.org/gateway-controller'],
    podLabels: [{ 'app.kubernetes.io/name': 'kubernetes-ingress' }],
  }),
  implementation('haproxy-ingress', {
    controllers: ['haproxy-ingress.github.io/controller'],
    podLabels: [{ 'app.kubernetes.io/name': 'haproxy-ingress' }],
  }),
  implementation('contour', {
    controllers: ['projectcontour.io/ingress-controller', 'projectcontour.io/gateway-controller'],
    usualClasses: ['contour'],
    podLabels: [{ app: 'envoy' }, { 'app.kubernetes.io/name': 'contour', 'app.kubernetes.io/component': 'envoy' }],
    isOwnProxy: false,
  }),
  implementation('kong', {
    controllers: ['ingress-controllers.konghq.com/kong', 'konghq.com/kic-gateway-controller'],
    usualClasses: ['kong'],
    podLabels: [{ 'app.kubernetes.io/name': 'gateway' }, { 'app.kubernetes.io/name': 'kong' }],
    isOwnProxy: false,
  }),
  implementation('istio', {
    controllers: ['istio.io/ingress-controller', 'istio.io/gateway-controller'],
    usualClasses: ['istio'],
    podLabels: [{ istio: 'ingressgateway' }],
    isOwnProxy: false,
  }),
  implementation('cilium', {
    controllers: ['cilium.io/ingress-controller', 'io.cilium/gateway-controller'],
    usualClasses: ['cilium'],
    // Its own DaemonSet, or (envoy.enabled=false) inside of the agents.
    podLabels: [{ 'k8s-app': 'cilium-envoy' }, { 'k8s-app': 'cilium' }],
    isOwnProxy: false,
    // The datapath hands it what comes for the Service of an Ingress or Gateway (docs.cilium.io, "Ingress", how it differs).
    listensAtPods: false,
  }),
  // Both make the proxies of each Gateway and label them with its name; Fabric before 2.0 had one for all.
  implementation('envoy-gateway', {
    controllers: ['gateway.envoyproxy.io/gatewayclass-controller'],
    isOwnProxy: false,
  }),
  implementation('nginx-gateway-fabric', {
    controllers: ['gateway.nginx.org/nginx-gateway-controller'],
    podLabels: [{ 'app.kubernetes.io/name': 'nginx-gateway-fabric' }],
    isOwnProxy: false,
  }),
  implementation('aws-load-balancer', {
    controllers: ['ingress.k8s.aws/alb', 'gateway.k8s.aws/alb'],
    usualClasses: ['alb'],
    isOwnProxy: false,
  }),
  implementation('gke', {
    controllers: ['networking.gke.io/gateway'],
    usualClasses: ['gce', 'gce-internal'],
    isOwnProxy: false,
  }),
  implementation('azure-application-gateway', {
    controllers: ['azure/application-gateway'],
    usualClasses: ['azure-application-gateway'],
    isOwnProxy: false,
  }),
];

export function listensAtPods(name: string): boolean {
  return IMPLEMENTATIONS.find((each) => each.name === name)?.listensAtPods ?? true;
}

/** By the class's controller; where the class object is missing, by the name of the class. */
export function implementationOf(controller: string | null, className: string): Implementation | null {
  const serves = (value: string) => controller === value || (controller ?? '').startsWith(`${value}/`);
  return (
    IMPLEMENTATIONS.find((each) => each.controllers.some(serves)) ??
    (controller === null ? IMPLEMENTATIONS.find((each) => each.usualClasses.includes(className)) : undefined) ??
    null
  );
}

/** Whether it bears the labels by which implementations mark the proxies that they make for one Gateway. */
export function servesGateway(pod: Pick<Pod, 'namespace' | 'labels'>, gateway: ObjectName): boolean {
  const { namespace, labels } = pod;
  return (
    // GEP-1762: beside the Gateway, which may have a namesake in another namespace.
    (labels['gateway.networking.k8s.io/gateway-name'] === gateway.name && namespace === gateway.namespace) ||
    // Contour's Gateway provisioner, before it took the label of GEP-1762 (internal/provisioner/model).
    (labels['projectcontour.io/owning-gateway-name'] === gateway.name && namespace === gateway.namespace) ||
    (labels['gateway.envoyproxy.io/owning-gateway-name'] === gateway.name &&
      labels['gateway.envoyproxy.io/owning-gateway-namespace'] === gateway.namespace)
  );
}

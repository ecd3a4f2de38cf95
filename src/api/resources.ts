/** The kinds that kprobe reads or writes, by plural name. */
import type { Resource } from './cluster-client.ts';

const core = (plural: string, namespaced = true): Resource => ({ group: '', version: 'v1', plural, namespaced });
const of = (group: string, version: string, plural: string, namespaced = true): Resource => ({
  group,
  version,
  plural,
  namespaced,
});

export const RESOURCES = {
  pods: core('pods'),
  services: core('services'),
  configMaps: core('configmaps'),
  nodes: core('nodes', false),
  namespaces: core('namespaces', false),
  endpointSlices: of('discovery.k8s.io', 'v1', 'endpointslices'),
  networkPolicies: of('networking.k8s.io', 'v1', 'networkpolicies'),
  ingresses: of('networking.k8s.io', 'v1', 'ingresses'),
  serviceCidrs: of('networking.k8s.io', 'v1', 'servicecidrs', false),
  ingressClasses: of('networking.k8s.io', 'v1', 'ingressclasses', false),
  deployments: of('apps', 'v1', 'deployments'),
  statefulSets: of('apps', 'v1', 'statefulsets'),
  daemonSets: of('apps', 'v1', 'daemonsets'),
  cronJobs: of('batch', 'v1', 'cronjobs'),
  podDisruptionBudgets: of('policy', 'v1', 'poddisruptionbudgets'),
  autoscalers: of('autoscaling', 'v2', 'horizontalpodautoscalers'),
  httpRoutes: of('gateway.networking.k8s.io', 'v1', 'httproutes'),
  grpcRoutes: of('gateway.networking.k8s.io', 'v1', 'grpcroutes'),
  tlsRoutes: of('gateway.networking.k8s.io', 'v1', 'tlsroutes'),
  referenceGrants: of('gateway.networking.k8s.io', 'v1', 'referencegrants'),
  gateways: of('gateway.networking.k8s.io', 'v1', 'gateways'),
  gatewayClasses: of('gateway.networking.k8s.io', 'v1', 'gatewayclasses', false),
  httpProxies: of('projectcontour.io', 'v1', 'httpproxies'),
  backendTrafficPolicies: of('gateway.envoyproxy.io', 'v1alpha1', 'backendtrafficpolicies'),
  destinationRules: of('networking.istio.io', 'v1', 'destinationrules'),
  serversTransports: of('traefik.io', 'v1alpha1', 'serverstransports'),
  virtualServices: of('networking.istio.io', 'v1', 'virtualservices'),
  istioGateways: of('networking.istio.io', 'v1', 'gateways'),
  ingressRoutes: of('traefik.io', 'v1alpha1', 'ingressroutes'),
  events: of('events.k8s.io', 'v1', 'events'),
  accessReviews: of('authorization.k8s.io', 'v1', 'selfsubjectaccessreviews', false),
} as const satisfies Record<string, Resource>;

/** The path of a kind, or of one object of it. */
export function pathOf(resource: Resource, at: { readonly namespace?: string; readonly name?: string } = {}): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const inside = resource.namespaced && at.namespace !== undefined ? `/namespaces/${segment(at.namespace)}` : '';
  return `${root}${inside}/${resource.plural}${at.name === undefined ? '' : `/${segment(at.name)}`}`;
}

/** As RBAC writes it: `pods`, `ingresses.networking.k8s.io`. */
export function rbacName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

const segment = (text: string): string => encodeURIComponent(text);

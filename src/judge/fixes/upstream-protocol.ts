/** Where each implementation is told how its proxies speak to the endpoints, as its documentation has it. Pure. */
import type { Evidence } from '../evidence/evidence.ts';
import { proxyOf } from '../evidence/proxy.ts';
import { INGRESS_NGINX } from '../../model/ingress-nginx.ts';

type Route = NonNullable<Evidence['target']['route']>;
type Service = NonNullable<Evidence['target']['service']>;

interface Told {
  /** On the route, or on its Service. */
  readonly on: 'route' | 'service';
  readonly annotation: string;
  readonly value: (service: Service) => string;
}

const BY_IMPLEMENTATION: Readonly<Record<string, Told>> = {
  'ingress-nginx': told('route', `${INGRESS_NGINX}/backend-protocol`, () => 'HTTPS'),
  'nginx-ingress': told('route', 'nginx.org/ssl-services', ({ name }) => name),
  'haproxy-ingress': told('route', 'haproxy-ingress.github.io/backend-protocol', () => 'h1-ssl'),
  'haproxytech-ingress': told('route', 'haproxy.org/server-ssl', () => 'true'),
  contour: told('service', 'projectcontour.io/upstream-protocol.tls', ({ port }) => String(port)),
  traefik: told('service', 'traefik.ingress.kubernetes.io/service.serversscheme', () => 'https'),
};

/** How to have the endpoints asked by TLS. */
export function askByTls(evidence: Evidence, route: Route, service: Service): string {
  if (route.kind === 'HTTPProxy')
    return `Set protocol: tls at Service ${service.name} in HTTPProxy ${route.namespace}/${route.name}.`;
  const known = BY_IMPLEMENTATION[proxyOf(evidence)?.implementation ?? ''];
  const isIngress = route.kind === 'Ingress';
  if (known === undefined || (!isIngress && known.on === 'route'))
    return isIngress
      ? `Tell the controller of ${route.kind} ${route.namespace}/${route.name} that its endpoints speak TLS, or let them speak plain HTTP.`
      : `Add a BackendTLSPolicy for Service ${service.namespace}/${service.name}, or let its pods speak plain HTTP.`;
  const { namespace, name } = known.on === 'route' ? route : service;
  const kind = known.on === 'route' ? 'ingress' : 'service';
  return `kubectl -n ${namespace} annotate ${kind} ${name} ${known.annotation}=${known.value(service)}`;
}

function told(on: Told['on'], annotation: string, value: Told['value']): Told {
  return { on, annotation, value };
}

/**
 * How proxies speak to the endpoints of a route, where objects say so. Each as its documentation has it: ingress-nginx ("Annotations",
 * backend-protocol), NGINX Ingress Controller (nginx.org/ssl-services, grpc-services), haproxy-ingress ("Configuration keys", backend-protocol,
 * secure-backends), haproxytech (documentation/annotations.md, server-ssl, server-proto), AWS Load Balancer Controller (backend-protocol), Contour
 * ("Annotations", upstream-protocol.*, and appProtocol of the Service), Traefik ("Kubernetes Ingress", service.serversscheme, and that port 443 and names that begin with https are asked by TLS).
 */
import type { ApiObject } from '../api/cluster-client.ts';
import { annotationsOf, listAt, nameOf, numberAt, textAt } from '../api/fields.ts';
import type { IngressController, Route, Service, Upstream } from '../model/cluster.ts';
import { isOfGateway } from '../model/route-match.ts';
import { keyOf } from '../model/named.ts';
import { INGRESS_NGINX } from '../model/ingress-nginx.ts';

type Annotations = Readonly<Record<string, string>>;

/** By the words of all of them, in lower case; what is not here is plain HTTP. `h1-ssl` and its kin are haproxy-ingress'. */
const PROTOCOLS: Readonly<Record<string, Upstream>> = {
  https: 'https',
  'h1-ssl': 'https',
  grpc: 'tcp',
  grpcs: 'tcp',
  h2: 'tcp',
  'h2-ssl': 'tcp',
  fcgi: 'tcp',
};

/** Annotations of an Ingress; null: none says anything. */
export function annotatedUpstream(annotations: Annotations, service: string): Upstream | null {
  const say = (key: string) => annotations[key]?.trim().toLowerCase() ?? '';
  const lists = (key: string) =>
    say(key)
      .split(/[\s,;]+/)
      .includes(service.toLowerCase());
  const protocol =
    PROTOCOLS[say(`${INGRESS_NGINX}/backend-protocol`)] ??
    PROTOCOLS[say('haproxy-ingress.github.io/backend-protocol')] ??
    PROTOCOLS[say('alb.ingress.kubernetes.io/backend-protocol')];
  if (protocol !== undefined) return protocol;
  if (lists('nginx.org/grpc-services') || say('haproxy.org/server-proto') === 'h2') return 'tcp';
  const isTls =
    lists('nginx.org/ssl-services') ||
    say('haproxy.org/server-ssl') === 'true' ||
    say('haproxy-ingress.github.io/secure-backends') === 'true';
  return isTls ? 'https' : null;
}

interface Behind {
  readonly controllers: readonly IngressController[];
  readonly services: readonly Service[];
  /** The same, as the API gave them: only there are their annotations. */
  readonly rawServices: readonly ApiObject[];
}

/** The routes, each with what its Service says of itself to the implementation that serves it; what a route says goes over that. */
export function withUpstreams(routes: readonly Route[], { controllers, services, rawServices }: Behind): Route[] {
  const implementations = new Map(controllers.map(({ className, implementation }) => [className, implementation]));
  const raw = new Map(rawServices.map((each) => [keyOf(nameOf(each)), each]));
  const annotations = new Map([...raw].map(([key, each]) => [key, annotationsOf(each)]));
  const byName = new Map(services.map((each) => [keyOf(each), each]));
  return routes.map((route) => {
    const key = keyOf({ namespace: route.serviceNamespace, name: route.service });
    const service = byName.get(key);
    if (route.upstream !== undefined || service === undefined) return route;
    const port = service.ports.find(({ name, port }) => name === route.port || port === Number(route.port));
    const number = port?.port ?? Number(route.port);
    const implementation = implementations.get(route.className ?? '') ?? '';
    const appProtocol = appProtocolOf(raw.get(key), number);
    const upstream =
      isOfGateway(route) && appProtocol === H2C
        ? 'tcp'
        : saidBy(implementation, annotations.get(key) ?? {}, { name: port?.name ?? null, number, appProtocol });
    return upstream === null ? route : { ...route, upstream };
  });
}

interface Port {
  readonly name: string | null;
  readonly number: number;
  /** null: the Service says none. */
  readonly appProtocol: string | null;
}

function appProtocolOf(service: ApiObject | undefined, number: number): string | null {
  const port = listAt(service, 'spec', 'ports').find((each) => numberAt(each, 'port') === number);
  return textAt(port, 'appProtocol');
}

/** HTTP/2 without TLS, to every Gateway that knows it (ServicePort.appProtocol; GEP-1911). */
const H2C = 'kubernetes.io/h2c';

function saidBy(implementation: string, annotations: Annotations, port: Port): Upstream | null {
  switch (implementation) {
    case 'contour':
      return byContour(annotations, port);
    case 'traefik':
      return byTraefik(annotations, port);
    default:
      return null;
  }
}

/** What the port says of itself, else lists of ports, by name or number (internal/dag/accessors.go). */
function byContour(annotations: Annotations, { name, number, appProtocol }: Port): Upstream | null {
  if (appProtocol !== null) return appProtocol === H2C ? 'tcp' : appProtocol === 'https' ? 'https' : null;
  const lists = (protocol: string) =>
    (annotations[`projectcontour.io/upstream-protocol.${protocol}`] ?? '')
      .split(',')
      .map((each) => each.trim())
      .some((each) => each !== '' && (each === name || each === String(number)));
  if (lists('h2') || lists('h2c')) return 'tcp';
  return lists('tls') ? 'https' : null;
}

const HTTPS_PORT = 443;

function byTraefik(annotations: Annotations, { name, number }: Port): Upstream | null {
  const scheme = annotations['traefik.ingress.kubernetes.io/service.serversscheme'];
  if (scheme !== undefined) return scheme === 'h2c' ? 'tcp' : scheme === 'https' ? 'https' : null;
  return number === HTTPS_PORT || name?.startsWith('https') === true ? 'https' : null;
}

/** A host of its own for each passage and way: the same Service by Ingress through nginx and Contour, by HTTPRoute and by HTTPProxy. */
import type { Manifest } from '../../../src/lab/scenario/manifest.ts';

export const SPACE = 'ways';

/** nginx and Contour by Ingress; the others through Contour. */
export type Way = 'nginx' | 'contour' | 'HTTPRoute' | 'HTTPProxy';
export const WAYS: readonly Way[] = ['nginx', 'contour', 'HTTPRoute', 'HTTPProxy'];

/** In what the route is not the plain one. */
export type Detour =
  | 'limit'
  | 'path'
  | 'port'
  | 'class'
  | 'weights'
  | 'weights-mute'
  | 'rewrite'
  | 'redirect'
  | 'allow-list'
  | 'tls';

export interface Passing {
  readonly way: Way;
  readonly name: string;
  readonly service: string;
  readonly detour: Detour | null;
}

export function hostOf({ name, way }: Pick<Passing, 'name' | 'way'>): string {
  return `${name}-${way.toLowerCase()}.example.com`;
}

export function routeOf(passing: Passing): Manifest {
  const metadata = { name: `${passing.name}-${passing.way.toLowerCase()}`, namespace: SPACE };
  switch (passing.way) {
    case 'HTTPRoute':
      return {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata,
        spec: {
          parentRefs: [{ name: 'edge', namespace: 'projectcontour' }],
          hostnames: [hostOf(passing)],
          rules: [httpRule(passing)],
        },
      };
    case 'HTTPProxy':
      return {
        apiVersion: 'projectcontour.io/v1',
        kind: 'HTTPProxy',
        metadata,
        spec: { virtualhost: { fqdn: hostOf(passing) }, routes: [proxyRule(passing)] },
      };
    default:
      return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata, spec: ingressSpec(passing) };
  }
}

const PORT = 80;
const ABSENT_PORT = 81;

function portOf({ detour }: Passing): number {
  return detour === 'port' ? ABSENT_PORT : PORT;
}

function pathOf({ detour }: Passing): string {
  return detour === 'path' || detour === 'rewrite' ? '/shop' : '/';
}

function ingressSpec(passing: Passing): object {
  const backend = { service: { name: passing.service, port: { number: portOf(passing) } } };
  return {
    ingressClassName: passing.detour === 'class' ? 'nobody' : passing.way,
    rules: [{ host: hostOf(passing), http: { paths: [{ path: pathOf(passing), pathType: 'Prefix', backend }] } }],
  };
}

/** Shares of 60 and 40. */
function backendsOf(passing: Passing): object[] {
  const { service: name, detour } = passing;
  const port = portOf(passing);
  if (detour === 'weights' || detour === 'weights-mute') {
    const other = detour === 'weights' ? 'web-too' : 'mute';
    return [
      { name, port, weight: 60 },
      { name: other, port, weight: 40 },
    ];
  }
  return [{ name, port }];
}

function httpRule(passing: Passing): object {
  const matches = [{ path: { type: 'PathPrefix', value: pathOf(passing) } }];
  switch (passing.detour) {
    case 'redirect':
      return { matches, filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] };
    case 'rewrite': {
      const path = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' };
      return { matches, filters: [{ type: 'URLRewrite', urlRewrite: { path } }], backendRefs: backendsOf(passing) };
    }
    case 'limit':
      return { matches, timeouts: { request: '1s' }, backendRefs: backendsOf(passing) };
    default:
      return { matches, backendRefs: backendsOf(passing) };
  }
}

function proxyRule(passing: Passing): object {
  const conditions = [{ prefix: pathOf(passing) }];
  const services = backendsOf(passing);
  switch (passing.detour) {
    case 'redirect':
      return { conditions, requestRedirectPolicy: { scheme: 'https', statusCode: 301 } };
    case 'rewrite':
      return { conditions, pathRewritePolicy: { replacePrefix: [{ replacement: '/' }] }, services };
    case 'limit':
      return { conditions, timeoutPolicy: { response: '1s' }, services };
    case 'allow-list':
      // Nobody has an address of documentation (RFC 5737).
      return { conditions, ipAllowPolicy: [{ source: 'Peer', cidr: '192.0.2.0/24' }], services };
    case 'tls':
      return { conditions, services: services.map((each) => ({ ...each, protocol: 'tls' })) };
    default:
      return { conditions, services };
  }
}

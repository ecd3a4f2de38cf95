import { describe, expect, test } from 'vitest';
import { annotatedUpstream, withUpstreams } from '../../src/discover/upstreams.ts';
import { controller, route, service } from '../judge/make.ts';

describe('how proxies speak to endpoints', () => {
  test.for<[Record<string, string>, string | null]>([
    [{}, null],
    [{ 'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS' }, 'https'],
    [{ 'nginx.ingress.kubernetes.io/backend-protocol': 'HTTP' }, null],
    [{ 'nginx.ingress.kubernetes.io/backend-protocol': 'GRPC' }, 'tcp'],
    [{ 'haproxy-ingress.github.io/backend-protocol': 'h1-ssl' }, 'https'],
    [{ 'haproxy-ingress.github.io/secure-backends': 'true' }, 'https'],
    [{ 'haproxy.org/server-ssl': 'true' }, 'https'],
    [{ 'nginx.org/ssl-services': 'cart, web' }, 'https'],
    [{ 'nginx.org/ssl-services': 'cart' }, null],
    [{ 'nginx.org/grpc-services': 'web' }, 'tcp'],
    [{ 'alb.ingress.kubernetes.io/backend-protocol': 'HTTPS' }, 'https'],
  ])('an Ingress with %o: %s', ([annotations, expected]) => {
    expect(annotatedUpstream(annotations, 'web')).toBe(expected);
  });

  const raw = (annotations: object) => [{ metadata: { name: 'web', namespace: 'shop', annotations } }];
  const said = (implementation: string, annotations: object, over: object = {}) =>
    withUpstreams([route(over)], {
      controllers: [controller({ implementation })],
      services: [service()],
      rawServices: raw(annotations),
    })[0]?.upstream ?? null;

  test.for<[string, object, string | null]>([
    ['contour', {}, null],
    ['contour', { 'projectcontour.io/upstream-protocol.tls': '443,http' }, 'https'],
    ['contour', { 'projectcontour.io/upstream-protocol.tls': '8443' }, null],
    ['contour', { 'projectcontour.io/upstream-protocol.h2c': '80' }, 'tcp'],
    ['ingress-nginx', { 'projectcontour.io/upstream-protocol.tls': '80' }, null],
    ['traefik', { 'traefik.ingress.kubernetes.io/service.serversscheme': 'https' }, 'https'],
  ])('behind %s a Service with %o: %s', ([implementation, annotations, expected]) => {
    expect(said(implementation, annotations)).toBe(expected);
  });

  test.for<[string, string, object, string | null]>([
    ['contour', 'kubernetes.io/h2c', {}, 'tcp'],
    ['contour', 'https', {}, 'https'],
    ['contour', 'http', {}, null],
    ['ingress-nginx', 'kubernetes.io/h2c', {}, null],
    ['envoy-gateway', 'kubernetes.io/h2c', { kind: 'HTTPRoute' }, 'tcp'],
    ['envoy-gateway', 'kubernetes.io/h2c', {}, null],
  ])('behind %s a port that says %s, by a route of %o: %s', ([implementation, appProtocol, over, expected]) => {
    const annotations = { 'projectcontour.io/upstream-protocol.tls': '80' };
    const spec = { ports: [{ port: 80, appProtocol }] };
    const [read] = withUpstreams([route(over)], {
      controllers: [controller({ implementation })],
      services: [service()],
      rawServices: [{ metadata: { name: 'web', namespace: 'shop', annotations }, spec }],
    });
    expect(read?.upstream ?? null).toBe(expected);
  });

  test('Traefik asks port 443 by TLS, and what a route says goes over its Service', () => {
    const service443 = service({
      ports: [{ name: null, port: 443, targetPort: 8443, nodePort: null, protocol: 'TCP' }],
    });
    const behind = {
      controllers: [controller({ implementation: 'traefik' })],
      services: [service443],
      rawServices: [],
    };
    expect(withUpstreams([route({ port: 443 })], behind)[0]?.upstream).toBe('https');
    expect(withUpstreams([route({ port: 443, upstream: 'tcp' })], behind)[0]?.upstream).toBe('tcp');
  });
});

import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../src/api/cluster-client.ts';
import { withPolicies, type ProxyPolicies } from '../../src/discover/proxy-policies.ts';
import type { Route } from '../../src/model/cluster.ts';
import { controller, route } from '../judge/make.ts';

const NOTHING: ProxyPolicies = {
  backendTrafficPolicies: [],
  destinationRules: [],
  serversTransports: [],
  services: [],
};
const object = (name: string, spec: object, namespace = 'shop'): ApiObject => ({ metadata: { name, namespace }, spec });
const timersOf = (implementation: string, policies: Partial<ProxyPolicies>, over: Partial<Route> = {}) => {
  const controllers = [controller({ className: 'infra/public', implementation })];
  const own = route({ kind: 'HTTPRoute', className: 'infra/public', ...over });
  return withPolicies([own], controllers, { ...NOTHING, ...policies })[0]?.timers;
};

describe('BackendTrafficPolicy', () => {
  const timeout = { tcp: { connectTimeout: '2s' }, http: { requestTimeout: '30s' } };
  const forRoute = object('p', { targetRefs: [{ kind: 'HTTPRoute', name: 'web' }], timeout });
  const forGateway = object(
    'g',
    { targetRef: { kind: 'Gateway', name: 'public' }, timeout: { tcp: { connectTimeout: '7s' } } },
    'infra',
  );
  const given = (...backendTrafficPolicies: ApiObject[]) => timersOf('envoy-gateway', { backendTrafficPolicies });

  test('of the route goes over that of its Gateway', () => {
    expect(given(forGateway)).toMatchObject({ connectTimeoutMs: 7000, from: 'BackendTrafficPolicy infra/g' });
    expect(given(forGateway, forRoute)).toEqual({
      connectTimeoutMs: 2000,
      readTimeoutMs: null,
      tries: null,
      requestTimeoutMs: 30_000,
      requestFrom: 'timeout.http.requestTimeout of BackendTrafficPolicy shop/p',
      from: 'BackendTrafficPolicy shop/p',
    });
  });

  test.for<[string, object, number | null]>([
    ['none', {}, null],
    ['as many as Envoy makes', { retry: {} }, 3],
    ['five', { retry: { numRetries: 5 } }, 6],
  ])('retries: %s', ([, spec, tries]) => {
    expect(given(object('p', { targetRefs: [{ kind: 'HTTPRoute', name: 'web' }], timeout, ...spec }))?.tries).toBe(
      tries,
    );
  });

  test('each retry has a limit of its own', () => {
    const retry = { perRetry: { timeout: '250ms' } };
    expect(given(object('p', { targetRefs: [{ kind: 'HTTPRoute', name: 'web' }], retry }))).toMatchObject({
      readTimeoutMs: 250,
      tries: 3,
      readFrom: 'retry.perRetry.timeout of BackendTrafficPolicy shop/p',
    });
  });

  test.for<[string, ApiObject]>([
    ['another route', object('p', { targetRefs: [{ kind: 'HTTPRoute', name: 'api' }], timeout })],
    ['a namesake elsewhere', object('p', { targetRefs: [{ kind: 'HTTPRoute', name: 'web' }], timeout }, 'blog')],
    ['nothing at all', object('p', { targetRefs: [{ kind: 'HTTPRoute', name: 'web' }] })],
  ])('about %s sets nothing', ([, policy]) => {
    expect(given(policy)).toBeUndefined();
  });

  test('what the route limits itself stays', () => {
    const limit = { requestTimeoutMs: 1000, requestFrom: 'timeouts.request of HTTPRoute shop/web' };
    const own = { connectTimeoutMs: null, readTimeoutMs: null, tries: null, ...limit };
    const timers = timersOf('envoy-gateway', { backendTrafficPolicies: [forRoute] }, { timers: own });
    expect(timers).toMatchObject({ connectTimeoutMs: 2000, ...limit });
  });

  test('means nothing to another implementation', () => {
    expect(timersOf('contour', { backendTrafficPolicies: [forRoute] })).toBeUndefined();
  });
});

describe('DestinationRule', () => {
  const trafficPolicy = { connectionPool: { tcp: { connectTimeout: '3s' } } };
  test.for<[string, string, number | undefined]>([
    ['web', 'shop', 3000],
    ['web', 'blog', undefined],
    ['web.shop', 'istio-system', 3000],
    ['web.shop.svc.cluster.local', 'istio-system', 3000],
    ['web.shopping.svc.cluster.local', 'istio-system', undefined],
  ])('for %s in %s: %s', ([host, namespace, connectTimeoutMs]) => {
    const destinationRules = [object('d', { host, trafficPolicy }, namespace)];
    expect(timersOf('istio', { destinationRules })?.connectTimeoutMs).toBe(connectTimeoutMs);
  });
});

describe('ServersTransport', () => {
  const service = (transport: string): ApiObject => ({
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: { 'traefik.ingress.kubernetes.io/service.serverstransport': transport },
    },
  });
  const serversTransports = [object('slow', { forwardingTimeouts: { dialTimeout: 12, responseHeaderTimeout: '1m' } })];
  test.for<[string, object | undefined]>([
    [
      'shop-slow@kubernetescrd',
      { connectTimeoutMs: 12_000, readTimeoutMs: 60_000, from: 'ServersTransport shop/slow' },
    ],
    ['shop-fast@kubernetescrd', undefined],
  ])('%s', ([transport, expected]) => {
    const timers = timersOf('traefik', { serversTransports, services: [service(transport)] });
    expect([timers]).toMatchObject([expected]);
  });
});

import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../src/api/cluster-client.ts';
import { resolveTarget } from '../../src/discover/target.ts';
import { readVirtualServices } from '../../src/discover/virtual-services.ts';
import { discovered, pod, SHOP } from './cluster.ts';

const object = (name: string, spec: object, namespace = 'shop'): ApiObject => ({ metadata: { name, namespace }, spec });
const to = (host: string, more: object = {}) => ({ destination: { host, port: { number: 80 } }, ...more });
const host = { hosts: ['shop.example.com'], gateways: ['istio-system/edge'] };
const virtual = (http: object[], over: object = {}) => object('web', { ...host, http, ...over });
const server = (protocol: string, number: number, hosts: string[]) => ({ port: { number, protocol }, hosts });
const edge = object(
  'edge',
  {
    selector: { istio: 'ingressgateway' },
    servers: [server('HTTP', 80, ['*']), server('HTTPS', 443, ['*/*.example.com'])],
  },
  'istio-system',
);
const read = (...virtualServices: ApiObject[]) => readVirtualServices({ virtualServices, gateways: [edge] });

describe('VirtualService', () => {
  test('leads from hosts and paths of its Gateway to Services', () => {
    const http = [{ match: [{ uri: { prefix: '/api' } }, { uri: { exact: '/x' } }], route: [to('web')] }];
    expect(read(virtual(http))).toMatchObject([
      {
        kind: 'VirtualService',
        host: 'shop.example.com',
        className: 'istio/istio-system/edge',
        listenerPorts: { http: 80, https: 443 },
        path: '/api',
        pathType: 'Prefix',
        service: 'web',
        serviceNamespace: 'shop',
        port: 80,
      },
      { path: '/x', pathType: 'Exact' },
    ]);
  });

  test.for<[string, object, object]>([
    [
      'a Service of another namespace by its full name',
      { route: [to('web.team.svc.cluster.local')] },
      { service: 'web', serviceNamespace: 'team' },
    ],
    ['a Service without its port', { route: [{ destination: { host: 'web' } }] }, { service: 'web', port: 0 }],
    ['a host outside', { route: [to('api.example.org')] }, { service: '', leadsTo: 'other' }],
    ['a redirect', { redirect: { uri: '/new' } }, { service: '', leadsTo: 'redirect' }],
    ['an answer of its own', { directResponse: { status: 503 } }, { leadsTo: 'answer' }],
    [
      'any path by a pattern',
      { match: [{ uri: { regex: '/a.*' } }], route: [to('web')] },
      { path: '/a.*', pathType: 'RegularExpression' },
    ],
    [
      'what asks for a header',
      { match: [{ headers: { a: { exact: 'b' } } }], route: [to('web')] },
      { isConditional: true },
    ],
    [
      'its timeout and tries',
      { route: [to('web')], timeout: '1.5s', retries: { attempts: 2, perTryTimeout: '1s' } },
      { timers: { requestTimeoutMs: 1500, readTimeoutMs: 1000, tries: 3 } },
    ],
  ])('says %s', ([, http, expected]) => {
    expect(read(virtual([http]))).toMatchObject([expected]);
  });

  test('shares out by weight, and leaves out who gets nothing', () => {
    const route = [to('web', { weight: 90 }), to('canary', { weight: 10 }), to('old', { weight: 0 })];
    expect(read(virtual([{ route }]))).toMatchObject([
      { service: 'web', weight: 90 },
      { service: 'canary', weight: 10 },
    ]);
  });

  test('has the routes of its delegate, under its own match where that has none', () => {
    const child = object('child', { http: [{ route: [to('cart')] }] }, 'team');
    const http = [{ match: [{ uri: { prefix: '/cart' } }], delegate: { name: 'child', namespace: 'team' } }];
    expect(read(virtual(http), child)).toMatchObject([{ path: '/cart', service: 'cart', serviceNamespace: 'team' }]);
  });

  test('of the mesh alone is no way in', () => {
    expect(read(virtual([{ route: [to('web')] }], { gateways: undefined }))).toEqual([]);
    expect(read(virtual([{ route: [to('web')] }], { gateways: ['mesh'] }))).toEqual([]);
  });

  test('is found, with the proxies that its Gateway selects', async () => {
    const proxy = pod('istio-ingress-1', {
      namespace: 'istio-system',
      ip: '10.1.0.61',
      labels: { istio: 'ingressgateway' },
      ports: [{ name: 'http2', containerPort: 8080 }],
    });
    const objects = {
      ...SHOP,
      gateways: [edge],
      virtualservices: [virtual([{ route: [to('web')] }], { hosts: ['*.example.org'] })],
      pods: [...(SHOP['pods'] ?? []), proxy],
    };
    const cluster = await discovered(objects, { groups: { 'networking.istio.io': 'v1' } });
    const target = resolveTarget('a.b.example.org', cluster, { namespace: 'shop', from: null });
    expect(target).toMatchObject({
      route: { kind: 'VirtualService', namespace: 'shop', name: 'web' },
      service: { name: 'web' },
      entries: [{ address: '10.1.0.61' }],
    });
    const { controllers } = cluster;
    const [controller] = controllers.filter(({ className }) => className === 'istio/istio-system/edge');
    expect(controller).toMatchObject({
      implementation: 'istio',
      connectTimeoutMs: 10_000,
      pods: [{ name: 'istio-ingress-1' }],
    });
  });
});

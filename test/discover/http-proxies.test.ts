import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../src/api/cluster-client.ts';
import { readHttpProxies } from '../../src/discover/http-proxies.ts';
import { resolveTarget } from '../../src/discover/target.ts';
import { discovered, ingressClass, pod, SHOP } from './cluster.ts';

const CLASSES = [
  { name: 'nginx', controller: 'k8s.io/ingress-nginx', isDefault: true },
  { name: 'edge', controller: 'projectcontour.io/ingress-controller', isDefault: false },
];
const proxy = (name: string, spec: object, namespace = 'shop'): ApiObject => ({ metadata: { name, namespace }, spec });
const to = (...conditions: object[]) => ({ conditions, services: [{ name: 'web', port: 80 }] });
const root = (over: object) => proxy('web', { virtualhost: { fqdn: 'shop.example.com' }, ...over });
const read = (...objects: ApiObject[]) => readHttpProxies(objects, CLASSES);

describe('HTTPProxy', () => {
  test('leads from its host and paths to Services, through the class of Contour', () => {
    expect(read(root({ routes: [to(), to({ prefix: '/api' }), to({ exact: '/ready' })] }))).toMatchObject([
      { kind: 'HTTPProxy', host: 'shop.example.com', path: '/', pathType: 'Prefix', service: 'web', port: 80 },
      { path: '/api', pathType: 'Prefix', className: 'edge', tls: false },
      { path: '/ready', pathType: 'Exact', serviceNamespace: 'shop' },
    ]);
  });

  test.for<[string, object, object]>([
    ['its class by name', { ingressClassName: 'inner', routes: [to()] }, { className: 'inner' }],
    [
      'TLS',
      { virtualhost: { fqdn: 'a.test', tls: { secretName: 's' } }, routes: [to()] },
      { tls: true, tlsSecret: { namespace: 'shop', name: 's' } },
    ],
    [
      'the limit of a whole request',
      { routes: [{ ...to(), timeoutPolicy: { response: '1s' } }] },
      { timers: { requestTimeoutMs: 1000, requestFrom: 'timeoutPolicy.response of HTTPProxy shop/web' } },
    ],
    [
      'the limit of each of three tries',
      { routes: [{ ...to(), retryPolicy: { count: 2, perTryTimeout: '400ms' } }] },
      { timers: { readTimeoutMs: 400, tries: 3, readFrom: 'retryPolicy.perTryTimeout of HTTPProxy shop/web' } },
    ],
    [
      'a retry that names no count, which is one',
      { routes: [{ ...to(), retryPolicy: { perTryTimeout: '400ms' } }] },
      { timers: { readTimeoutMs: 400, tries: 2 } },
    ],
    [
      'that nothing is tried again',
      { routes: [{ ...to(), retryPolicy: { count: -1 } }] },
      { timers: { readTimeoutMs: null, tries: 1 } },
    ],
  ])('says %s', ([, spec, expected]) => {
    expect(read(root(spec))).toMatchObject([expected]);
  });

  test.for<[string, object]>([
    ['sets no limit', { ...to(), timeoutPolicy: { response: 'infinity' } }],
    [
      'has a mirror',
      {
        services: [
          { name: 'web', port: 80 },
          { name: 'shadow', port: 80, mirror: true },
        ],
      },
    ],
    [
      'has a backend without weight',
      {
        services: [
          { name: 'web', port: 80 },
          { name: 'old', port: 80, weight: 0 },
        ],
      },
    ],
  ])('that %s is one route without timers', ([, rule]) => {
    const routes = read(root({ routes: [rule] }));
    expect(routes).toMatchObject([{ service: 'web' }]);
    expect(routes[0]?.timers).toBeUndefined();
  });

  test.for<[string, object, object]>([
    ['redirects', { requestRedirectPolicy: { scheme: 'https' } }, { service: '', leadsTo: 'redirect' }],
    ['answers by itself', { directResponsePolicy: { statusCode: 404 } }, { leadsTo: 'answer' }],
    ['asks endpoints by TLS', { services: [{ name: 'web', port: 443, protocol: 'tls' }] }, { upstream: 'https' }],
    ['asks for a header', to({ header: { name: 'x-beta', present: true } }), { isConditional: true }],
  ])('says that it %s', ([, rule, expected]) => {
    expect(read(root({ routes: [rule] }))).toMatchObject([expected]);
  });

  test('shares out by weight', () => {
    const services = [
      { name: 'web', port: 80, weight: 60 },
      { name: 'canary', port: 80, weight: 40 },
    ];
    expect(read(root({ routes: [{ services }] }))).toMatchObject([
      { service: 'web', weight: 60 },
      { service: 'canary', weight: 40 },
    ]);
    expect(
      read(root({ routes: [to({ header: { name: 'x-no', notpresent: true } })] }))[0]?.isConditional,
    ).toBeUndefined();
  });

  test('includes others, of other namespaces as well, below its own prefix', () => {
    const child = proxy('child', { routes: [to({ prefix: '/v1' }), to()] }, 'team');
    const includes = [{ name: 'child', namespace: 'team', conditions: [{ prefix: '/api' }] }];
    expect(read(root({ includes, routes: [to()] }), child)).toMatchObject([
      { name: 'web', path: '/', serviceNamespace: 'shop' },
      { name: 'web', path: '/api/v1', serviceNamespace: 'team' },
      { name: 'web', path: '/api', serviceNamespace: 'team' },
    ]);
  });

  test('that includes what is not there has a rule for its path, which nobody serves', () => {
    const includes = [{ name: 'child', namespace: 'team', conditions: [{ prefix: '/api' }] }];
    expect(read(root({ includes, routes: [to()] }))).toMatchObject([
      { path: '/' },
      { path: '/api', absentInclude: { namespace: 'team', name: 'child' } },
    ]);
  });

  test('without a host serves nobody, and one that includes itself ends', () => {
    expect(read(proxy('child', { routes: [to()] }))).toEqual([]);
    expect(read(root({ includes: [{ name: 'web' }], routes: [to()] })).length).toBeLessThan(20);
  });

  test('is found where the cluster has such objects, with the proxies of its class', async () => {
    const envoy = pod('envoy-1', {
      namespace: 'projectcontour',
      ip: '10.1.0.60',
      labels: { app: 'envoy' },
      ports: [{ name: 'http', containerPort: 8080 }],
    });
    const objects = {
      ...SHOP,
      ingressclasses: [ingressClass('contour', 'projectcontour.io/ingress-controller')],
      httpproxies: [proxy('web', { virtualhost: { fqdn: 'via.example.com' }, routes: [to()] })],
      pods: [...(SHOP['pods'] ?? []), envoy],
    };
    const cluster = await discovered(objects, { groups: { 'projectcontour.io': 'v1' } });
    const target = resolveTarget('via.example.com', cluster, { namespace: 'shop', from: null });
    expect(target).toMatchObject({ className: 'contour', entries: [{ address: '10.1.0.60', port: 8080 }] });
    expect((await discovered(objects)).routes.some(({ kind }) => kind === 'HTTPProxy')).toBe(false);
  });
});

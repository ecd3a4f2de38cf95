import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../src/api/cluster-client.ts';
import { readIngressRoutes } from '../../src/discover/ingress-routes.ts';
import { resolveTarget } from '../../src/discover/target.ts';
import { readRule } from '../../src/discover/traefik-rule.ts';
import { discovered, pod, SHOP } from './cluster.ts';

const CLASSES = [{ name: 'edge', controller: 'traefik.io/ingress-controller', isDefault: false }];
const route = (match: string, services: object[] = [{ name: 'web', port: 80 }]) => ({ kind: 'Rule', match, services });
const object = (routes: object[], spec: object = {}): ApiObject => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { entryPoints: ['web'], routes, ...spec },
});
const read = (routes: object[], spec: object = {}) => readIngressRoutes([object(routes, spec)], CLASSES);

describe('IngressRoute', () => {
  test('leads from hosts and paths to Services, through the class of Traefik', () => {
    expect(read([route('Host(`a.test`) && (PathPrefix(`/api`) || Path(`/x`))')])).toMatchObject([
      { kind: 'IngressRoute', className: 'edge', host: 'a.test', path: '/api', pathType: 'Prefix', tls: false },
      { host: 'a.test', path: '/x', pathType: 'Exact', service: 'web', serviceNamespace: 'shop', port: 80 },
    ]);
  });

  test.for<[string, object[], object, object]>([
    ['TLS by its own section', [route('Host(`a.test`)')], { tls: {} }, { tls: true }],
    [
      'the Secret of its certificate',
      [route('Host(`a.test`)')],
      { tls: { secretName: 's' } },
      { tls: true, tlsSecret: { namespace: 'shop', name: 's' } },
    ],
    ['TLS by its entry point', [route('Host(`a.test`)')], { entryPoints: ['websecure'] }, { tls: true }],
    [
      'a Service of another namespace',
      [route('Host(`a`)', [{ name: 'w', namespace: 'team', port: 'http' }])],
      {},
      { serviceNamespace: 'team', port: 'http' },
    ],
    [
      'TLS to the endpoints',
      [route('Host(`a`)', [{ name: 'w', port: 8443, scheme: 'https' }])],
      {},
      { upstream: 'https' },
    ],
    [
      'what shares out by itself',
      [route('Host(`a`)', [{ name: 'w', kind: 'TraefikService' }])],
      {},
      { leadsTo: 'other' },
    ],
    ['what its middlewares answer', [route('Host(`a`)', [])], {}, { leadsTo: 'answer' }],
    ['more than a host', [route('Host(`a`) && Headers(`x`, `1`)')], {}, { isConditional: true }],
  ])('says %s', ([, routes, spec, expected]) => {
    expect(read(routes, spec)).toMatchObject([expected]);
  });

  test('is found, with the proxies of its class', async () => {
    const traefik = pod('traefik-1', {
      namespace: 'traefik',
      ip: '10.1.0.62',
      labels: { 'app.kubernetes.io/name': 'traefik' },
      ports: [
        { name: 'web', containerPort: 8000 },
        { name: 'websecure', containerPort: 8443 },
      ],
    });
    const objects = {
      ...SHOP,
      ingressroutes: [object([route('Host(`via.example.org`)')])],
      pods: [...(SHOP['pods'] ?? []), traefik],
    };
    const cluster = await discovered(objects, { groups: { 'traefik.io': 'v1alpha1' } });
    expect(resolveTarget('via.example.org', cluster, { namespace: 'shop', from: null })).toMatchObject({
      className: 'traefik',
      entries: [{ address: '10.1.0.62', port: 8000 }],
      service: { name: 'web' },
    });
  });
});

describe('a rule of Traefik', () => {
  const ANY = { path: '/', pathType: 'Prefix', isConditional: false };
  test.for<[string, object[] | null]>([
    [
      'Host(`a`, `b`)',
      [
        { host: 'a', ...ANY },
        { host: 'b', ...ANY },
      ],
    ],
    [
      'Host("a")||Host(`b`)',
      [
        { host: 'a', ...ANY },
        { host: 'b', ...ANY },
      ],
    ],
    ['PathPrefix(`/x`)', [{ ...ANY, host: null, path: '/x' }]],
    ['Host(`a`) && !PathPrefix(`/x`)', [{ host: 'a', ...ANY }]],
    ['Host(`a`) && Method(`GET`)', [{ host: 'a', ...ANY }]],
    ['Host(`a`) && Method(`POST`)', [{ host: 'a', ...ANY, isConditional: true }]],
    ['HostRegexp(`.+`)', []],
    ['Host(`a`', null],
    ['Host(a)', null],
    ['&& Host(`a`)', null],
    ['', null],
  ])('%s', ([rule, expected]) => {
    expect(readRule(rule)).toEqual(expected);
  });

  test('of a great many alternatives is nobody’s', () => {
    const many = Array.from({ length: 100 }, (_, index) => `Host(\`h${index}\`)`).join(' || ');
    expect(readRule(many)).toBeNull();
  });
});

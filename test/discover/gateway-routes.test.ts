import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../src/api/cluster-client.ts';
import { readGatewayRoutes, type GatewayApi } from '../../src/discover/gateway-routes.ts';
import { resolveTarget } from '../../src/discover/target.ts';
import { discovered, SHOP } from './cluster.ts';

const API: GatewayApi = { httpRoutes: [], grpcRoutes: [], tlsRoutes: [], gateways: [], classes: [], grants: [] };
const CLASS = { metadata: { name: 'edge' }, spec: { controllerName: 'example.com/gateways' } };
const HTTP = { name: 'http', port: 80, protocol: 'HTTP' };
const HTTPS = { name: 'https', port: 443, protocol: 'HTTPS' };
const gateway = (listeners: readonly object[] = [HTTP], status: object = {}): ApiObject => ({
  metadata: { name: 'public', namespace: 'infra' },
  spec: { gatewayClassName: 'edge', listeners },
  status,
});
const PARENT = { name: 'public', namespace: 'infra' };
const TO_WEB = { backendRefs: [{ name: 'web', port: 80 }] };
const route = (spec: object, status: object = {}): ApiObject => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { parentRefs: [PARENT], hostnames: ['shop.example.com'], rules: [TO_WEB], ...spec },
  status,
});
const read = (httpRoute: ApiObject, over: Partial<GatewayApi> = {}) =>
  readGatewayRoutes({ ...API, gateways: [gateway()], classes: [CLASS], httpRoutes: [httpRoute], ...over });
const parentStatus = (conditions: readonly object[], over: object = {}) => ({
  parents: [{ parentRef: PARENT, controllerName: 'example.com/gateways', conditions, ...over }],
});
const denied = (type: string, reason: string) => ({ type, status: 'False', reason, message: `${reason} it is` });

describe('hosts', () => {
  test.for<[string, object, readonly object[], readonly (string | null)[]]>([
    ['a listener for any host', {}, [HTTP], ['shop.example.com']],
    ['a listener for one of two', { hostnames: ['a.test', 'b.test'] }, [{ ...HTTP, hostname: 'b.test' }], ['b.test']],
    ['a wildcard listener', {}, [{ ...HTTP, hostname: '*.example.com' }], ['shop.example.com']],
    [
      'a wildcard route at a listener for one',
      { hostnames: ['*.example.com'] },
      [{ ...HTTP, hostname: 'x.y.example.com' }],
      ['x.y.example.com'],
    ],
    ['two wildcards', { hostnames: ['*.a.test'] }, [{ ...HTTP, hostname: '*.test' }], ['*.a.test']],
    ['no host of its own', { hostnames: [] }, [{ ...HTTP, hostname: 'one.test' }], ['one.test']],
    ['neither has one', { hostnames: [] }, [HTTP], [null]],
    [
      'nothing in common: its own, for its status tells',
      {},
      [{ ...HTTP, hostname: 'other.test' }],
      ['shop.example.com'],
    ],
    ['one host at two listeners is one', {}, [HTTP, HTTPS], ['shop.example.com']],
    [
      'a listener of another protocol',
      { hostnames: [] },
      [HTTP, { name: 'db', port: 5432, protocol: 'TCP', hostname: 'db.test' }],
      [null],
    ],
  ])('of %s', ([, spec, listeners, hosts]) => {
    expect(read(route(spec), { gateways: [gateway(listeners)] }).map(({ host }) => host)).toEqual(hosts);
  });

  test.for<[string, object, object]>([
    ['by section', { parentRefs: [{ ...PARENT, sectionName: 'https' }] }, { tls: true, listenerPorts: { https: 443 } }],
    ['by port', { parentRefs: [{ ...PARENT, port: 8080 }] }, { tls: false, listenerPorts: { http: 8080 } }],
    [
      'all',
      {},
      { tls: true, listenerPorts: { http: 80, https: 443 }, tlsSecret: { namespace: 'infra', name: 'web-tls' } },
    ],
  ])('listeners %s', ([, spec, expected]) => {
    const listeners = [
      HTTP,
      { ...HTTPS, tls: { certificateRefs: [{ name: 'web-tls' }] } },
      { name: 'alt', port: 8080, protocol: 'HTTP' },
    ];
    expect(read(route(spec), { gateways: [gateway(listeners)] })).toMatchObject([expected]);
  });
});

describe('rules', () => {
  const rules = (rule: object) => read(route({ rules: [{ ...TO_WEB, ...rule }] }));
  test.for<[string, object, object]>([
    ['a prefix', { matches: [{ path: { type: 'PathPrefix', value: '/a' } }] }, { path: '/a', pathType: 'Prefix' }],
    ['exactly', { matches: [{ path: { type: 'Exact', value: '/a' } }] }, { path: '/a', pathType: 'Exact' }],
    [
      'a pattern',
      { matches: [{ path: { type: 'RegularExpression', value: '/v[0-9]+' } }] },
      { pathType: 'RegularExpression' },
    ],
    ['a header', { matches: [{ headers: [{ name: 'x', value: 'y' }] }] }, { isConditional: true }],
    ['another method', { matches: [{ method: 'POST' }] }, { isConditional: true }],
    [
      'a limit',
      { timeouts: { request: '2s' } },
      { timers: { requestTimeoutMs: 2000, requestFrom: 'timeouts.request of HTTPRoute shop/web' } },
    ],
    [
      'a shorter limit of its only try',
      { timeouts: { request: '2s', backendRequest: '1s' } },
      { timers: { requestTimeoutMs: 1000, requestFrom: 'timeouts.backendRequest of HTTPRoute shop/web' } },
    ],
    [
      'a limit of each of three tries',
      { timeouts: { request: '9s', backendRequest: '1s' }, retry: { attempts: 2 } },
      {
        timers: {
          requestTimeoutMs: 9000,
          readTimeoutMs: 1000,
          tries: 3,
          readFrom: 'timeouts.backendRequest of HTTPRoute shop/web',
        },
      },
    ],
  ])('by %s', ([, rule, expected]) => {
    expect(rules(rule)).toMatchObject([expected]);
  });

  test.for<[string, object, string]>([
    ['redirects', { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] }, 'redirect'],
    ['is answered by a filter of its controller', { filters: [{ type: 'ExtensionRef' }] }, 'answer'],
    ['leads to another kind of object', { backendRefs: [{ kind: 'InferencePool', name: 'llm' }] }, 'other'],
    ['names nobody', {}, 'nothing'],
    ['gives nobody a share', { backendRefs: [{ name: 'web', port: 80, weight: 0 }] }, 'nothing'],
  ])('a rule that %s leads to no Service', ([, rule, leadsTo]) => {
    expect(read(route({ rules: [rule] }))).toMatchObject([{ service: '', leadsTo }]);
  });

  test('the host of a redirect is served, and where another rule has a Service it is that one', async () => {
    const redirect = { filters: [{ type: 'RequestRedirect' }] };
    const groups = { 'gateway.networking.k8s.io': 'v1' };
    const targetOf = async (...rules: object[]) => {
      const objects = { ...SHOP, gateways: [gateway()], httproutes: [route({ hostnames: ['r.test'], rules })] };
      return resolveTarget('http://r.test', await discovered(objects, { groups }), { namespace: 'shop', from: null });
    };
    expect(await targetOf(redirect)).toMatchObject({ kind: 'ingress', route: { name: 'web' }, service: null });
    expect(await targetOf(redirect, TO_WEB)).toMatchObject({ service: { name: 'web' } });
  });

  test('weights are told where a rule has several Services', () => {
    const backendRefs = [
      { name: 'web', port: 80, weight: 9 },
      { name: 'next', port: 80 },
      { name: 'old', port: 80, weight: 0 },
    ];
    expect(rules({ backendRefs })).toMatchObject([
      { service: 'web', weight: 9 },
      { service: 'next', weight: 1 },
    ]);
    expect(rules({})[0]?.weight).toBeUndefined();
  });
});

describe('references to another namespace', () => {
  const crossing = route({ rules: [{ backendRefs: [{ name: 'web', namespace: 'data', port: 80 }] }] });
  const grant = (over: object = {}): ApiObject => ({
    metadata: { name: 'g', namespace: 'data' },
    spec: { from: [{ kind: 'HTTPRoute', namespace: 'shop' }], to: [{ kind: 'Service' }], ...over },
  });
  const isUngranted = (grants: GatewayApi['grants']) => read(crossing, { grants })[0]?.isUngranted;
  test.for<[string, GatewayApi['grants'], true | undefined]>([
    ['none is there', [], true],
    ['one admits all', [grant()], undefined],
    ['one admits this Service', [grant({ to: [{ kind: 'Service', name: 'web' }] })], undefined],
    ['one admits another Service', [grant({ to: [{ kind: 'Service', name: 'db' }] })], true],
    ['one admits another namespace', [grant({ from: [{ kind: 'HTTPRoute', namespace: 'blog' }] })], true],
    ['one admits another kind', [grant({ from: [{ kind: 'TLSRoute', namespace: 'shop' }] })], true],
    ['grants could not be read', null, undefined],
  ])('%s', ([, grants, expected]) => {
    expect(isUngranted(grants)).toBe(expected);
  });

  test('its own namespace needs none', () => {
    expect(read(route({}))[0]?.isUngranted).toBeUndefined();
  });
});

describe('what statuses deny', () => {
  const conditions = (status: object, over: Partial<GatewayApi> = {}) =>
    read(route({}, status), over)[0]?.conditions?.map(({ type, reason, of }) => `${of.kind} ${type} ${reason}`);
  test.for<[string, object, Partial<GatewayApi>, readonly string[] | undefined]>([
    ['nothing', parentStatus([{ type: 'Accepted', status: 'True' }]), {}, undefined],
    [
      'the route is not accepted',
      parentStatus([denied('Accepted', 'NotAllowedByListeners')]),
      {},
      ['HTTPRoute Accepted NotAllowedByListeners'],
    ],
    [
      'a reference is refused',
      parentStatus([denied('ResolvedRefs', 'RefNotPermitted')]),
      {},
      ['HTTPRoute ResolvedRefs RefNotPermitted'],
    ],
    [
      'another controller says so',
      parentStatus([denied('Accepted', 'X')], { controllerName: 'example.com/other' }),
      {},
      undefined,
    ],
    [
      'another parent says so',
      parentStatus([denied('Accepted', 'X')], { parentRef: { name: 'inner' } }),
      {},
      undefined,
    ],
    [
      'the Gateway has no address',
      {},
      { gateways: [gateway([HTTP], { conditions: [denied('Programmed', 'AddressNotAssigned')] })] },
      ['Gateway Programmed AddressNotAssigned'],
    ],
    [
      'its only listener is in conflict',
      {},
      {
        gateways: [
          gateway([HTTP], { listeners: [{ name: 'http', conditions: [denied('Accepted', 'PortUnavailable')] }] }),
        ],
      },
      ['Gateway Accepted PortUnavailable'],
    ],
    [
      'one of two listeners is well',
      {},
      {
        gateways: [
          gateway([HTTP, HTTPS], {
            listeners: [
              { name: 'http', conditions: [] },
              { name: 'https', conditions: [denied('Accepted', 'X')] },
            ],
          }),
        ],
      },
      undefined,
    ],
    [
      'the class is refused',
      {},
      { classes: [{ ...CLASS, status: { conditions: [denied('Accepted', 'InvalidParameters')] } }] },
      ['GatewayClass Accepted InvalidParameters'],
    ],
    ['there is no such Gateway', {}, { gateways: [] }, ['HTTPRoute Accepted NoMatchingParent']],
    ['Gateways could not be read', {}, { gateways: null }, undefined],
  ])('%s', ([, status, over, expected]) => {
    expect(conditions(status, over)).toEqual(expected);
  });
});

test('gRPC methods are paths, and TLS passes through to a Service', () => {
  const rules = [{ ...TO_WEB, matches: [{ method: { service: 'shop.Cart', method: 'Add' } }] }];
  const tls = { name: 'tls', port: 8443, protocol: 'TLS', tls: { mode: 'Passthrough' } };
  const routes = readGatewayRoutes({
    ...API,
    gateways: [gateway([HTTP, tls])],
    grpcRoutes: [route({ rules })],
    tlsRoutes: [route({ hostnames: ['db.example.com'] })],
  });
  expect(routes).toMatchObject([
    { kind: 'GRPCRoute', path: '/shop.Cart/Add', pathType: 'Exact', service: 'web' },
    { kind: 'TLSRoute', host: 'db.example.com', tls: true, listenerPorts: { https: 8443 }, service: 'web' },
  ]);
});

test('hosts of all three kinds are found in a cluster', async () => {
  const gateways = [gateway([HTTP, { name: 'tls', port: 8443, protocol: 'TLS' }])];
  const found = await discovered(
    {
      ...SHOP,
      gateways,
      gatewayclasses: [CLASS],
      grpcroutes: [route({ hostnames: ['grpc.example.com'] })],
      tlsroutes: [route({ hostnames: ['db.example.com'] })],
    },
    { groups: { 'gateway.networking.k8s.io': 'v1' } },
  );
  const target = (host: string) => resolveTarget(host, found, { namespace: 'default', from: null });
  expect(target('grpc.example.com')).toMatchObject({
    scheme: 'tcp',
    route: { kind: 'GRPCRoute' },
    service: { name: 'web' },
  });
  expect(target('db.example.com')).toMatchObject({
    scheme: 'https',
    route: { kind: 'TLSRoute' },
    service: { name: 'web' },
  });
});

import { expect, test } from 'vitest';
import { INGRESS_PROGRAMS } from '../../src/lab/system/ingress-program.ts';
import { envoyConfig } from '../../src/lab/system/envoy-config.ts';
import { gatewayRoutes } from '../../src/lab/system/gateway-routes.ts';
import { loadScenario, named } from '../../src/lab/scenario/load-scenario.ts';
import { drive } from './drive.ts';

test('the same incident under the names of another controller', async () => {
  const { scenario, manifests } = await loadScenario(named('policy-misses-hostnetwork', 'envoy'));
  expect(scenario.ingress).toEqual({ program: 'envoy', network: 'host' });
  expect(scenario.expect.timer).toBe('contour connect timeout');
  expect(JSON.stringify(manifests)).toContain('"app.kubernetes.io/name":"contour"');
  expect(JSON.stringify(manifests)).not.toContain('ingress-nginx');
  expect(manifests.map(({ kind }) => kind)).toContain('HTTPRoute');
  expect(manifests.map(({ kind }) => kind)).not.toContain('Ingress');
});

test('faults and expectations speak of its pods', async () => {
  const { scenario } = await loadScenario(named('stale-ingress-endpoints', 'haproxy'));
  expect(scenario.faults).toMatchObject([{ to: { namespace: 'ingress-controller' } }]);
  expect(scenario.expect).toMatchObject({
    object: 'Pod/ingress-controller/haproxy-ingress-*',
    timer: 'haproxy-ingress connect timeout',
  });
});

test.for(INGRESS_PROGRAMS)('the network of the proxies stays, through %s', async (program) => {
  const { scenario } = await loadScenario(named('healthy-pod-ingress', program));
  expect(scenario.ingress).toEqual({ program, network: 'pod' });
});

const route = (namespace: string, spec: object) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'r', namespace, uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { hostnames: ['a.test'], ...spec },
});

const certificate = { certificateFile: 'tls.crt', keyFile: 'tls.key' };

test('routes of an Ingress without TLS are those of the plain listener, and Ingresses of other classes stay', async () => {
  const parentsOf = async (scenario: string) => {
    const { manifests } = await loadScenario(named(scenario, 'envoy'));
    return manifests.flatMap(({ kind, spec }) =>
      kind === 'HTTPRoute' ? (spec as { parentRefs: object[] }).parentRefs : [],
    );
  };
  expect(await parentsOf('healthy-shop')).toEqual([
    { name: 'contour', namespace: 'projectcontour', sectionName: 'http' },
  ]);
  expect(await parentsOf('healthy-tls-ingress')).toEqual([{ name: 'contour', namespace: 'projectcontour' }]);
  const { scenario } = await loadScenario(named('missing-ingress-controller', 'envoy'));
  expect(scenario.expect.object).toBe('Ingress/docs/wiki');
});

test('a Gateway answers 500 for references that lead nowhere, and shares by weight', () => {
  const service = {
    ...route('data', {}),
    kind: 'Service',
    metadata: { ...route('data', {}).metadata, name: 'web' },
    spec: { ports: [{ port: 80 }] },
  };
  const httpRoutes = [route('shop', { rules: [{ backendRefs: [{ name: 'web', namespace: 'data', port: 80 }] }] })];
  const input = { httpRoutes, referenceGrants: [], services: [service], slices: [], settings: {}, certificate };
  expect(gatewayRoutes(input).conditions.get('shop/r')).toMatchObject([
    { type: 'Accepted', status: 'True' },
    { type: 'ResolvedRefs', status: 'False', reason: 'RefNotPermitted' },
  ]);
  expect(envoyConfig(input).text).toContain('"direct_response":{"status":500}');
  const grant = {
    ...service,
    kind: 'ReferenceGrant',
    spec: { from: [{ kind: 'HTTPRoute', namespace: 'shop' }], to: [{ kind: 'Service' }] },
  };
  const granted = { ...input, referenceGrants: [grant] };
  expect(gatewayRoutes(granted).conditions.get('shop/r')?.[1]).toMatchObject({ status: 'True' });
  expect(envoyConfig(granted).text).toContain('"route":{"cluster":"data/web/80"}');
});

const SHOP = new URL('../../src/lab/scenarios/healthy-shop@', import.meta.url).pathname;

test.for(['haproxy', 'envoy'])('every node leads to the shop through %s, and knows no other host', async (program) => {
  await using lab = await drive({}, `${SHOP}${program}`);
  for (const node of ['1', '2', '3']) {
    const { status, body } = await lab.fetch('lab', `http://172.30.0.1${node}/`, { host: 'shop.example.com' });
    expect([status, body.slice(0, 4)]).toEqual([200, 'web-']);
  }
  const encrypted = await lab.fetch('lab', 'https://172.30.0.11/', { host: 'shop.example.com' });
  expect(encrypted.status).toBe(200);
  expect((await lab.fetch('lab', 'http://172.30.0.11/', { host: 'other.example.com' })).status).toBe(404);
});

import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../src/api/cluster-client.ts';
import { resolveTarget } from '../../src/discover/target.ts';
import { discovered, pod, service, SHOP } from './cluster.ts';

const GATEWAY = { namespace: 'infra', name: 'edge' };
const ofGateway = { 'gateway.networking.k8s.io/gateway-name': 'edge' };
const ofEnvoyGateway = {
  'gateway.envoyproxy.io/owning-gateway-name': 'edge',
  'gateway.envoyproxy.io/owning-gateway-namespace': 'infra',
};

/** A Gateway of this controller, a route through it, and one proxy pod; and a namesake of the Gateway elsewhere. */
function behind(controllerName: string, labels: Record<string, string>, namespace: string) {
  const gateway = (at: string): ApiObject => ({
    metadata: { name: GATEWAY.name, namespace: at },
    spec: { gatewayClassName: 'own', listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
    status: { addresses: [{ value: '203.0.113.7' }] },
  });
  const route = {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      hostnames: ['shop.example.com'],
      parentRefs: [GATEWAY],
      rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
    },
  };
  const ports = [{ name: 'http', containerPort: 10_080 }];
  return discovered(
    {
      ...SHOP,
      ingresses: [],
      gatewayclasses: [{ metadata: { name: 'own' }, spec: { controllerName } }],
      gateways: [gateway('infra'), gateway('other')],
      httproutes: [route],
      services: [...(SHOP['services'] ?? []), service('lb', { clusterIP: '10.96.0.77', ports: [{ port: 80 }] })],
      pods: [pod('proxy', { namespace, ip: '10.1.0.70', labels, ports })],
    },
    { groups: { 'gateway.networking.k8s.io': 'v1' } },
  );
}

describe('the proxies of a Gateway', () => {
  test.for<[string, string, Record<string, string>, string, number | null]>([
    ['contour', 'projectcontour.io/gateway-controller', { app: 'envoy' }, 'projectcontour', 2000],
    ['envoy-gateway', 'gateway.envoyproxy.io/gatewayclass-controller', ofEnvoyGateway, 'envoy-gateway-system', 10_000],
    ['traefik', 'traefik.io/gateway-controller', { 'app.kubernetes.io/name': 'traefik' }, 'traefik', 30_000],
    ['istio', 'istio.io/gateway-controller', ofGateway, 'infra', 10_000],
    ['cilium', 'io.cilium/gateway-controller', { 'k8s-app': 'cilium-envoy' }, 'kube-system', 5000],
    ['cilium', 'io.cilium/gateway-controller', { 'k8s-app': 'cilium' }, 'kube-system', 5000],
    ['nginx-gateway-fabric', 'gateway.nginx.org/nginx-gateway-controller', ofGateway, 'infra', 60_000],
    [
      'nginx-gateway-fabric',
      'gateway.nginx.org/nginx-gateway-controller',
      { 'app.kubernetes.io/name': 'nginx-gateway-fabric' },
      'nginx-gateway',
      60_000,
    ],
    [
      'haproxytech-ingress',
      'haproxy.org/gateway-controller',
      { 'app.kubernetes.io/name': 'kubernetes-ingress' },
      'haproxy',
      5000,
    ],
    ['kong', 'konghq.com/kic-gateway-controller', { 'app.kubernetes.io/name': 'kong' }, 'kong', null],
  ])('of %s are recognised by %s', async ([implementation, controller, labels, namespace, connectTimeoutMs]) => {
    const { controllers } = await behind(controller, labels, namespace);
    expect(controllers.find(({ className }) => className === 'infra/edge')).toMatchObject({
      implementation,
      connectTimeoutMs,
      pods: [{ namespace, name: 'proxy' }],
    });
  });

  test('are not those of its namesake in another namespace', async () => {
    const { controllers } = await behind('istio.io/gateway-controller', ofGateway, 'infra');
    expect(controllers.find(({ className }) => className === 'other/edge')?.pods ?? []).toEqual([]);
  });

  test.for<[string, Record<string, string>, string[]]>([
    ['istio.io/gateway-controller', ofGateway, ['10.1.0.70:10080', '203.0.113.7:80']],
    ['io.cilium/gateway-controller', { 'k8s-app': 'cilium-envoy' }, ['203.0.113.7:80']],
  ])('of %s are met where they listen', async ([controller, labels, expected]) => {
    const cluster = await behind(controller, labels, 'infra');
    const { entries } = resolveTarget('shop.example.com', cluster, { namespace: 'shop', from: null });
    expect(entries.map(({ address, port }) => `${address}:${port}`)).toEqual(expected);
  });
});

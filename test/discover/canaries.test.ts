import { expect, test } from 'vitest';
import { resolveTarget } from '../../src/discover/target.ts';
import { discovered, ingress, service, SHOP, slice } from './cluster.ts';

const canary = (settings: Record<string, string>, host = 'shop.example.com') =>
  ingress('web-canary', host, {
    service: 'next',
    port: { number: 80 },
    annotations: Object.fromEntries(
      Object.entries({ canary: 'true', ...settings }).map(([key, value]) => [
        `nginx.ingress.kubernetes.io/${key}`,
        value,
      ]),
    ),
  });

async function shopWith(beside: ReturnType<typeof canary>) {
  const cluster = await discovered({
    ...SHOP,
    // The API lists by name, and controllers go by age.
    ingresses: [beside, ...(SHOP['ingresses'] ?? [])],
    services: [...(SHOP['services'] ?? []), service('next', { clusterIP: '10.96.0.40', ports: [{ port: 80 }] })],
    endpointslices: [
      ...(SHOP['endpointslices'] ?? []),
      slice('next', { ports: [{ port: 8080 }], endpoints: [{ addresses: ['10.1.0.40'] }] }),
    ],
  });
  const target = resolveTarget('shop.example.com', cluster, { namespace: 'shop', from: null });
  return { cluster, target };
}

test.for([
  [{ 'canary-weight': '25' }, 25, 75],
  [{ 'canary-weight': '90' }, 90, 10],
  [{ 'canary-weight': '1', 'canary-weight-total': '1000' }, 1, 999],
] as const)('%j has its share of the requests, and the Ingress is the other one', async ([settings, share, rest]) => {
  const { cluster, target } = await shopWith(canary(settings));
  expect(target).toMatchObject({ route: { name: 'web' }, service: { name: 'web' }, shares: [{ name: 'next' }] });
  const weights = cluster.routes.map(({ name, weight }) => [name, weight]);
  expect(Object.fromEntries(weights)).toEqual({ 'web-canary': share, web: rest });
});

test.for([[{ 'canary-by-header': 'x-canary' }], [{ 'canary-weight': '0' }], [{ 'canary-by-cookie': 'next' }]] as const)(
  '%j is met by no plain request',
  async ([settings]) => {
    const { cluster, target } = await shopWith(canary(settings));
    expect(target).toMatchObject({ route: { name: 'web' }, service: { name: 'web' } });
    expect(target.shares).toBeUndefined();
    expect(cluster.routes.find(({ name }) => name === 'web-canary')?.isConditional).toBe(true);
  },
);

test('a canary of nobody is met by nobody, and what is no canary stays as it is', async () => {
  const { cluster } = await shopWith(canary({ 'canary-weight': '25' }, 'other.example.com'));
  const [alone, web] = ['web-canary', 'web'].map((each) => cluster.routes.find(({ name }) => name === each));
  expect(alone?.isConditional).toBe(true);
  expect(web?.weight).toBeUndefined();
});

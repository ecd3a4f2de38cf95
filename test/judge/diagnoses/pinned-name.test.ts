import { expect, test } from 'vitest';
import {
  askedByCheckout,
  checkout,
  diagnose,
  dns,
  findingOf,
  nginx,
  serviceOnly,
  shopCluster,
  shopTarget,
  web,
} from '../world.ts';
import type { World } from '../world.ts';

const id = 'pinned-name';
const CLUSTER_IP = '10.96.0.80';

/** shop/web as pay/checkout asks for it, whose pods have this line in their /etc/hosts. */
function pinned(address: string, ...hostnames: string[]): World {
  const client = { ...checkout, hostAliases: [{ address, hostnames }] };
  const cluster = shopCluster({ pods: [...web, ...nginx, ...dns, client] });
  return { cluster, target: serviceOnly({ host: 'web.shop.svc.cluster.local', from: askedByCheckout }) };
}

test.for<[string, World]>([
  ['no line', { ...pinned('192.0.2.9'), cluster: shopCluster({ pods: [...web, ...nginx, ...dns, checkout] }) }],
  ['another name', pinned('192.0.2.9', 'api.shop.svc', 'web.pay')],
  ['the bare name means the namespace of the client', pinned('192.0.2.9', 'web')],
  ['its ClusterIP', pinned(CLUSTER_IP, 'web.shop')],
  ['an endpoint', pinned(web[0]?.addresses[0] ?? '', 'web.shop')],
  ['nobody was named as a client', { ...pinned('192.0.2.9', 'web.shop'), target: serviceOnly() }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for(['web.shop', 'web.shop.svc', 'Web.Shop.svc.cluster.local'])('speaking: %s leads elsewhere', (hostname) => {
  const { status, findings } = diagnose(pinned('192.0.2.9', 'db.shop', hostname));
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    {
      diagnosis: id,
      certainty: 'likely',
      object: { namespace: 'pay' },
      wouldSettle: expect.stringContaining('getent'),
    },
  ]);
  expect(findings[0]?.title).toContain(`${hostname} to 192.0.2.9`);
});

test('speaking, as a possibility: the host of an Ingress, which may have a way in that is not known', () => {
  const target = shopTarget({ from: askedByCheckout });
  expect(findingOf(id, { ...pinned('192.0.2.9', 'shop.example.com'), target })?.certainty).toBe('possible');
});

import { expect, test } from 'vitest';
import { controller } from '../make.ts';
import { findingOf, shopCluster, shopTarget } from '../world.ts';

const id = 'missing-ingress-controller';
const nowhere = shopTarget({ entries: [], className: 'traefik' });
const cloud = { name: 'alb', controller: 'ingress.k8s.aws/alb', isDefault: false };

test.for([
  ['the class is served', {}],
  [
    'the class is served by a load balancer outside',
    { target: shopTarget({ entries: [], className: 'alb' }), cluster: shopCluster({ ingressClasses: [cloud] }) },
  ],
] as const)('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: the class does not exist', () => {
  expect(findingOf(id, { target: nowhere })).toMatchObject({
    certainty: 'proven',
    object: { kind: 'Ingress', namespace: 'shop', name: 'web' },
  });
});

test('speaking: the class exists and its controller has no pod', () => {
  const cluster = shopCluster({
    ingressClasses: [{ name: 'traefik', controller: 'traefik.io/ingress-controller', isDefault: false }],
    controllers: [controller({ className: 'traefik', implementation: 'traefik', pods: [] })],
  });
  expect(findingOf(id, { target: nowhere, cluster })).toMatchObject({ certainty: 'proven' });
});

test('speaking: an unknown implementation is only possible, and says what would settle it', () => {
  const cluster = shopCluster({
    ingressClasses: [{ name: 'traefik', controller: 'example.com/own', isDefault: false }],
    controllers: [controller({ className: 'traefik', implementation: 'unknown', pods: [] })],
  });
  expect(findingOf(id, { target: nowhere, cluster })).toMatchObject({
    certainty: 'possible',
    wouldSettle: expect.any(String),
  });
});

import { describe, expect, test } from 'vitest';
import { makePlan } from '../../src/plan/plan.ts';
import { pod } from '../judge/make.ts';
import { askedByCheckout, checkoutCluster, allowIngress, serviceOnly, shopCluster, web } from '../judge/world.ts';
import { pathOf, SETTINGS } from './planned.ts';

const itself = { namespace: 'shop', workload: 'web', pods: web.map(({ namespace, name }) => ({ namespace, name })) };
const target = serviceOnly({ from: itself });
const hairpin = (limitations: ReturnType<typeof makePlan>['limitations']) =>
  limitations.filter(({ what }) => what.includes('asking itself'));

describe('a client that is an endpoint of the Service', () => {
  test('cannot be stood for by a twin, which is said for each', () => {
    expect(hairpin(makePlan(shopCluster(), target, SETTINGS).limitations)).toEqual(
      [1, 2].map((number) => ({
        what: `web-${number} on worker-${number}, asking itself through Service shop/web`,
        because: 'only the pod itself takes that way, no twin of it; --inside measures it',
        subject: { kind: 'user-path' },
      })),
    );
  });

  test('asks itself with --inside', () => {
    const plan = makePlan(shopCluster(), target, { ...SETTINGS, inside: true });
    expect(hairpin(plan.limitations)).toEqual([]);
    expect(pathOf(plan, 'inside:web@worker-1 > 10.96.0.80:80 http')).toMatchObject({
      userFacing: true,
      experiments: ['service-address'],
    });
  });

  test('has no such way on the host network', () => {
    const pods = web.map((each) => pod({ ...each, hostNetwork: true }));
    expect(hairpin(makePlan(shopCluster({ pods }), target, SETTINGS).limitations)).toEqual([]);
  });
});

test('other clients lack nothing', () => {
  const plan = makePlan(checkoutCluster(allowIngress), serviceOnly({ from: askedByCheckout }), SETTINGS);
  expect(plan.limitations).toEqual([]);
});

test('the Service is asked from the node of each source and by a neutral vantage beside it', () => {
  const plan = makePlan(checkoutCluster(allowIngress), serviceOnly({ from: askedByCheckout }), SETTINGS);
  const sources = plan.paths
    .filter(({ to }) => to.kind === 'service')
    .map(({ from, userFacing }) => [from, userFacing]);
  expect(sources).toEqual([
    ['as:checkout@worker-3', true],
    ...[1, 2, 3].map((number) => [`control@worker-${number}`, false]),
  ]);
});

import { expect, test } from 'vitest';
import { makePlan } from '../../src/plan/plan.ts';
import { askedByCheckout, checkoutCluster, allowIngress, serviceOnly, shopCluster, web } from '../judge/world.ts';
import { pathOf, SETTINGS } from './planned.ts';

const itself = { namespace: 'shop', workload: 'web', pods: web.map(({ namespace, name }) => ({ namespace, name })) };
const target = serviceOnly({ from: itself });

test('a client that is an endpoint asks until it has met itself twice, as good as surely', () => {
  const plan = makePlan(shopCluster(), target, { ...SETTINGS, inside: true });
  const path = 'inside:web@worker-1 > 10.96.0.80:80 http';
  expect(pathOf(plan, path)).toMatchObject({ userFacing: true, experiments: ['service-address'] });
  const schedule = plan.assignments['inside:web@worker-1']?.schedules.find((each) => each.path === path);
  // One in two each time: 12 in 2^11 stay below one in a hundred.
  expect(schedule).toMatchObject({ count: 11, everyMs: 350 });
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

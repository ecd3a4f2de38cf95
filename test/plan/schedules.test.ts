import { expect, test } from 'vitest';
import { makePlan } from '../../src/plan/plan.ts';
import { askedByCheckout, checkoutCluster, allowIngress, serviceOnly } from '../judge/world.ts';
import { shotsOf, SETTINGS } from '../experiments/planned.ts';

const cluster = checkoutCluster(allowIngress);
const asked = serviceOnly({ from: askedByCheckout });

test.each([
  { path: 'as:checkout@worker-3 > 10.96.0.80:80 http', count: 3, because: 'a twin does what the user does' },
  { path: 'as:checkout@worker-3 > 10.244.1.11:8080 http', count: 2, because: 'a twin asks' },
  { path: 'control@worker-1 > control@worker-2 tcp', count: 2, because: 'both ends are new' },
  { path: 'host@worker-1 > control@worker-2 tcp', count: 2, because: 'the far end is new' },
])('what is hindered is asked again when pods have grown: $because', ({ path, count }) => {
  expect(shotsOf(makePlan(cluster, asked, SETTINGS)).get(path)?.again).toEqual({ afterMs: 4500, count });
});

test('the host network, and a pod that was there before, are not new', () => {
  const shots = shotsOf(makePlan(cluster, asked, { ...SETTINGS, inside: true }));
  expect(shots.get('host@worker-1 > host@worker-2 tcp')?.again).toBeUndefined();
  expect(shots.get('inside:checkout@worker-3 > 10.96.0.80:80 http')?.again).toBeUndefined();
});

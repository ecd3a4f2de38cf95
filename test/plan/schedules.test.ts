import { expect, test } from 'vitest';
import type { Schedule } from '../../probes/wire.ts';
import { makePlan, type PlanSettings } from '../../src/plan/plan.ts';
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

const timesOf = (schedule: Schedule | undefined) => ({ startMs: schedule?.startMs, everyMs: schedule?.everyMs });

test('what is tried more than once goes on for as long as it is asked to, and no faster', () => {
  const usual = shotsOf(makePlan(cluster, asked, SETTINGS));
  const lasting = shotsOf(makePlan(cluster, asked, { ...SETTINGS, lastingMs: 60_000 }));
  expect([...lasting.keys()]).toEqual([...usual.keys()]);
  for (const [path, { startMs, everyMs, count }] of lasting) {
    const before = usual.get(path);
    const isLooked = before?.count === 1;
    expect({ path, startMs, everyMs, isLooked: count === 1 }).toEqual({ ...timesOf(before), path, isLooked });
    expect(isLooked || startMs + everyMs * count >= 60_000).toBe(true);
  }
});

test('a short wish never makes a plan shorter', () => {
  const counts = (settings: PlanSettings) =>
    [...shotsOf(makePlan(cluster, asked, settings))].map(([path, { count }]) => [path, count]);
  expect(counts({ ...SETTINGS, lastingMs: 1 })).toEqual(counts(SETTINGS));
});

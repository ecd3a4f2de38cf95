import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { controller, entry, pod } from '../judge/make.ts';
import { allowIngress, askedByCheckout, checkoutCluster, shopCluster, shopTarget } from '../judge/world.ts';
import { begins, SETTINGS, shotsOf } from './planned.ts';

/** Nobody else asks before, milliseconds; a proxy whose requests share a connect attempt is waited for longer. */
const ALONE_MS = 400;
/** The agent on this machine begins so much sooner than pods do, on a quiet machine (test/judge/engine/simulated-run.ts). */
const HEAD_START_MS = 300;

/** Beginnings of all attempts through one entry, by vantage, the first one first. */
function through(plan: Plan, address: string): [string, number[]][] {
  const schedules = shotsOf(plan);
  return plan.paths
    .filter(({ to }) => to.kind === 'entry' && to.address === address)
    .flatMap(({ id, from }): [string, number[]][] => {
      const own = schedules.get(id);
      return own === undefined ? [] : [[from, begins(own)]];
    })
    .toSorted(([, [a = 0]], [, [b = 0]]) => a - b);
}

const plan = makePlan(shopCluster({ networkPolicies: [allowIngress] }), shopTarget(), SETTINGS);
const ENTRIES = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];

describe('the first attempt through an entry', () => {
  test.for(ENTRIES)('%s is alone', (address) => {
    const all = through(plan, address);
    const sinceHere = all.flatMap(([from, times]) => times.map((ms) => ms + (from === 'local' ? 0 : HEAD_START_MS)));
    const [first = 0, second = 0] = sinceHere.toSorted((a, b) => a - b);
    expect(all).toHaveLength(4);
    expect(first).toBeLessThan(500);
    expect(second - first).toBeGreaterThanOrEqual(ALONE_MS);
  });

  test('is that of this machine, whose agent is the first to run', () => {
    expect(ENTRIES.map((address) => through(plan, address)[0]?.[0])).toEqual(['local', 'local', 'local']);
  });

  test('is that of a pod where this machine cannot be', () => {
    const inside = pod({ namespace: 'ingress-nginx', name: 'nginx-1', addresses: ['10.244.1.77'] });
    const entries = [entry('worker-1', { address: '10.244.1.77' })];
    const all = through(makePlan(shopCluster({ pods: [inside] }), shopTarget({ entries }), SETTINGS), '10.244.1.77');
    expect(all.map(([from]) => from)).not.toContain('local');
    expect((all[1]?.[1][0] ?? 0) - (all[0]?.[1][0] ?? 0)).toBeGreaterThanOrEqual(ALONE_MS);
  });
});

test('the last attempt begins after seven seconds at most: six attempts, a second apart', () => {
  const last = Math.max(...ENTRIES.flatMap((address) => through(plan, address).flatMap(([, times]) => times)));
  expect(last).toBeLessThan(7000);
  expect(ENTRIES.flatMap((address) => through(plan, address).flatMap(([, times]) => times))).toHaveLength(72);
});

test('a client that was named is a user of each entry', () => {
  const asked = makePlan(checkoutCluster(allowIngress), shopTarget({ from: askedByCheckout }), SETTINGS);
  for (const address of ENTRIES)
    expect(through(asked, address).map(([from]) => from)).toContain('as:checkout@worker-3');
});

test('where requests share a connect attempt, as through Envoy, others wait until its timer is over', () => {
  const contour = controller({ implementation: 'contour', connectTimeoutMs: 2000 });
  const shared = makePlan(shopCluster({ controllers: [contour] }), shopTarget(), SETTINGS);
  const [first = 0, second = 0] = through(shared, '10.0.0.1')
    .map(([, times]) => times[0] ?? 0)
    .toSorted((a, b) => a - b);
  expect(second - first).toBeGreaterThan(2000);
});

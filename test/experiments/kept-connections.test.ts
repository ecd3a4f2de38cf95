import { expect, test } from 'vitest';
import { makePlan } from '../../src/plan/plan.ts';
import { serviceOnly, shopCluster, shopTarget } from '../judge/world.ts';
import { SETTINGS, shotsOf } from './planned.ts';

const kept = (target = shopTarget(), idleMs: number | null = null) => {
  const plan = makePlan(shopCluster(), target, { ...SETTINGS, idleMs });
  const shots = shotsOf(plan);
  return plan.paths
    .filter(({ probe }) => probe.kind === 'http' && probe.idleMs !== undefined)
    .map(({ id, to, userFacing }) => ({ to: to.kind, userFacing, shot: shots.get(id) }));
};

test("a usual run keeps one connection, of the proxy's own identity, to one endpoint", () => {
  expect(kept()).toMatchObject([
    { to: 'backend', userFacing: false, shot: { count: 1, limitMs: 16_700, probe: { idleMs: 7500 } } },
  ]);
  expect(kept()[0]?.shot?.path).toMatch(/^host@/u);
});

test('who asks for a time has one through the Service and one through an entry as well, each with time left to be asked', () => {
  expect(kept(shopTarget(), 65_000).map(({ to, shot }) => [to, shot?.limitMs])).toEqual([
    ['backend', 74_200],
    ['service', 74_200],
    ['entry', 74_200],
  ]);
});

test('where nothing is known of the protocol there is nothing to ask again', () => {
  expect(kept(serviceOnly({ scheme: 'tcp' }), 65_000)).toEqual([]);
});

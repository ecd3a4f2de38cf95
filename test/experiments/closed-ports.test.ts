import { expect, test } from 'vitest';
import type { ContainerPort } from '../../src/model/cluster.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { pod } from '../judge/make.ts';
import { dns, nginx, serviceOnly, shopCluster, web } from '../judge/world.ts';
import { SETTINGS } from './planned.ts';

const declaring = (...ports: ContainerPort[]) =>
  shopCluster({ pods: [...web.map((each) => pod({ ...each, ports })), ...nginx, ...dns] });
const asked = (plan: ReturnType<typeof makePlan>) =>
  plan.paths
    .filter(({ experiments }) => experiments.join() === 'closed-ports')
    .map(({ from, to }) => [from, 'port' in to ? to.port : null]);

test('each endpoint is asked from the network of its own node, twice', () => {
  const plan = makePlan(shopCluster(), serviceOnly(), SETTINGS);
  expect(asked(plan)).toEqual([
    ['host@worker-1', 1],
    ['host@worker-2', 1],
  ]);
  const counts = Object.values(plan.assignments).flatMap(({ schedules }) =>
    schedules.filter(({ path }) => path.includes(':1 tcp')).map(({ count }) => count),
  );
  expect(counts).toEqual([2, 2]);
});

test('a port that the pod declares is not taken for a closed one', () => {
  const ports = [1, 7].map((port): ContainerPort => ({ name: null, port, protocol: 'TCP' }));
  expect(asked(makePlan(declaring(...ports), serviceOnly(), SETTINGS)).map(([, port]) => port)).toEqual([9, 9]);
});

test('nobody asks where kprobe does not stand on the network of nodes', () => {
  expect(asked(makePlan(shopCluster(), serviceOnly(), { ...SETTINGS, hostVantages: false }))).toEqual([]);
});

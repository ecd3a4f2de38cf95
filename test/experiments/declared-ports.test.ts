import { expect, test } from 'vitest';
import type { ContainerPort } from '../../src/model/cluster.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { pod } from '../judge/make.ts';
import { dns, nginx, shopCluster, shopTarget, web } from '../judge/world.ts';
import { SETTINGS } from './planned.ts';

const declaring = (...ports: ContainerPort[]) =>
  makePlan(
    shopCluster({ pods: [...web.map((each) => pod({ ...each, ports })), ...nginx, ...dns] }),
    shopTarget(),
    SETTINGS,
  );
const http = (port: number): ContainerPort => ({ name: null, port, protocol: 'TCP' });

test.for<[string, ContainerPort[]]>([
  ['the port that is sent to is declared', [http(8080)]],
  ['it is declared beside others', [http(9090), http(8080)]],
  ['no port is declared', []],
  ['only ports of UDP are', [{ name: 'dns', port: 53, protocol: 'UDP' }]],
])('costs nothing where %s', ([, ports]) => {
  expect(declaring(...ports).paths.filter(({ experiments }) => experiments.includes('declared-ports'))).toEqual([]);
});

test('asks each of two pods for the port that it declares, from its own node', () => {
  const { paths, assignments } = declaring(http(9000), http(9001));
  const asked = paths.filter(({ to }) => 'port' in to && to.port === 9000);
  expect(asked.map(({ from, to }) => [from, 'node' in to ? to.node : null])).toEqual([
    ['control@worker-1', 'worker-1'],
    ['control@worker-2', 'worker-2'],
  ]);
  const counts = Object.values(assignments).flatMap(({ schedules }) =>
    schedules.filter(({ path }) => asked.some(({ id }) => id === path)).map(({ count }) => count),
  );
  expect(counts).toEqual([2, 2]);
});

import { expect, test } from 'vitest';
import { parseAssignment } from '../../../probes/parse.ts';
import { meshCluster } from '../../../src/plan/mesh/mesh-cluster.ts';
import { planMesh } from '../../../src/plan/mesh/plan-mesh.ts';
import type { MeshSettings } from '../../../src/plan/mesh/plan-mesh.ts';
import { cluster, node } from '../../judge/make.ts';
import { shopCluster } from '../../judge/world.ts';

const settings: MeshSettings = {
  run: 'run-1',
  deadlineMs: 60_000,
  networks: ['pod', 'host'],
  protocol: 'tcp',
  sizeBytes: 0,
  peers: null,
};
const names = (count: number) => Array.from({ length: count }, (_, at) => node({ name: `worker-${at + 1}` }));

test('both networks, every node pair, every size, and DNS from pods', () => {
  const { plan, design } = planMesh(shopCluster(), settings);
  expect(plan.agents.map(({ id }) => id)).toEqual([
    ...['control@worker-1', 'control@worker-2', 'control@worker-3'],
    ...['host@worker-1', 'host@worker-2', 'host@worker-3'],
  ]);
  const nodePairs = plan.paths.filter(({ to }) => to.kind === 'agent');
  expect(nodePairs.filter(({ userFacing }) => userFacing)).toHaveLength(2 * design.pairs);
  expect(nodePairs.filter(({ userFacing }) => !userFacing)).toHaveLength(2 * 5 * design.pairs);
  expect(plan.paths.filter(({ to }) => to.kind === 'dns-server').map(({ from }) => from)).toEqual(
    ['worker-1', 'worker-2', 'worker-3'].flatMap((name) => [1, 2, 3].map(() => `control@${name}`)),
  );
  expect(new Set(plan.paths.map(({ id }) => id)).size).toBe(plan.paths.length);
});

test.for(['tcp', 'udp', 'http'] as const)('agents understand what they are told, over %s', (protocol) => {
  const { plan } = planMesh(shopCluster(), { ...settings, protocol, sizeBytes: protocol === 'http' ? 0 : 5000 });
  for (const assignment of Object.values(plan.assignments))
    expect(parseAssignment(JSON.stringify(assignment))).toMatchObject({ ok: true });
});

test('nodes come by zone, then by name as people count', () => {
  const nodes = [
    ...['worker-10', 'worker-2'].map((name) => node({ name, zone: 'a' })),
    node({ name: 'worker-1', zone: 'b' }),
  ];
  expect(planMesh(cluster({ nodes }), settings).nodes.map(({ name }) => name)).toEqual([
    'worker-2',
    'worker-10',
    'worker-1',
  ]);
});

test('a node that is not Ready is a limitation, a cordoned one is measured', () => {
  const nodes = [...names(3), node({ name: 'worker-4', ready: false }), node({ name: 'worker-5', schedulable: false })];
  const { plan, design } = planMesh(cluster({ nodes }), settings);
  expect(design.nodes).toBe(4);
  expect(plan.limitations).toEqual([
    { what: 'node worker-4', because: 'it is not Ready, so no probe was placed on it' },
  ]);
});

test('a large cluster is measured in part, with fewer attempts, and says so', () => {
  const { plan, design } = planMesh(cluster({ nodes: names(1000) }), { ...settings, networks: ['pod'] });
  expect(plan.limitations).toEqual([
    {
      what: '991000 of 999000 node pairs',
      because: 'each node measures 8 others; --budget takes another number',
    },
  ]);
  const nodePairs = Object.values(plan.assignments).map(({ schedules }) =>
    schedules.filter(({ path }) => path.endsWith(' tcp')),
  );
  expect(nodePairs.every((schedules) => schedules.length === 8 && schedules.every(({ count }) => count === 3))).toBe(
    true,
  );
  expect(design.finds.node).toBe(1);
});

test.for([
  [6, ['pod', 'host']],
  [200, ['pod', 'host']],
  [201, ['pod']],
] as const)('of %i nodes, where nobody said, %s', ([count, networks]) => {
  expect(planMesh(cluster({ nodes: names(count) }), { ...settings, networks: null }).networks).toEqual(networks);
});

test('the recording carries the DNS servers and the chosen nodes, not the whole cluster', () => {
  const small = meshCluster(shopCluster(), new Set(['worker-1']));
  expect(small.nodes.map(({ name }) => name)).toEqual(['worker-1']);
  expect(small.pods.map(({ name }) => name)).toEqual(['coredns-1', 'coredns-2']);
  expect([small.services.length, small.endpointSlices.length, small.routes.length]).toEqual([1, 1, 0]);
});

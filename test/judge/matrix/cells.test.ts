import { expect, test } from 'vitest';
import { MatrixReport } from '../../../src/model/matrix.ts';
import { sample, silent } from '../make.ts';
import { cut, matrix, meshRun, touches } from './mesh-world.ts';
import type { MeshBreak } from './mesh-world.ts';
import { matrixReport } from '../../../src/judge/matrix/report.ts';
import { meshTarget, planMesh } from '../../../src/plan/mesh/plan-mesh.ts';
import { run, shopCluster } from '../world.ts';

const sizes =
  (answer: (packet: number) => ReturnType<typeof sample> | null): MeshBreak =>
  ({ path }) => {
    const packet = Number(/ mtu (\d+)$/.exec(path.id)?.[1] ?? Number.NaN);
    if (Number.isNaN(packet)) return null;
    const told = answer(packet);
    return told === null ? [] : [told];
  };
const back = (counters: Record<string, number> = {}, local = '10.244.1.9:40000') =>
  sample({ firstByteMs: 0.3, counters, local });
const mtus = (rule: MeshBreak) => new Set(matrix({ zones: [3], breaks: [rule] }).cells.map(({ mtuBytes }) => mtuBytes));

test('connect and answer are distinguished, percentiles are times that were measured', () => {
  const times = [1, 2, 3, 4, 5, 90];
  const breaks: MeshBreak[] = [
    ({ path }) =>
      path.userFacing ? times.map((ms) => sample({ connectMs: ms, firstByteMs: 0.2, bodyMs: 0.1 })) : null,
  ];
  expect(matrix({ zones: [3], breaks }).cells[0]).toMatchObject({
    attempts: 6,
    connect: { p50Ms: 3, p90Ms: 90, p99Ms: 90 },
    roundTrip: { p50Ms: 0.3, p90Ms: 0.3, p99Ms: 0.3 },
    lost: { share: 0, interval: [0, 0.39] },
  });
});

test('a broken node pair has no times, and an interval of what is lost', () => {
  const report = matrix({ breaks: [cut('pod', touches('n13'))] });
  const broken = report.cells.filter(({ state }) => state === 'broken');
  expect(broken).toHaveLength(10);
  expect(broken[0]).toMatchObject({ connect: null, roundTrip: null, lost: { share: 1, interval: [0.61, 1] } });
  expect(report.cells.filter(({ state }) => state === 'good')).toHaveLength(50);
});

test.for<[string, Parameters<typeof sizes>[0], number | null]>([
  ['everything passes whole', () => back(), 8900],
  ['larger ones are never answered', (packet) => (packet > 1450 ? silent({ phase: 'first-byte' }) : back()), 1450],
  ['larger ones leave in parts', (packet) => back(packet > 1450 ? { 'Ip.FragCreates': 2 } : {}), 1450],
  ['larger ones come back in parts', (packet) => back(packet > 1400 ? { 'Ip.ReasmReqds': 2 } : {}), 1400],
  ['the header of IPv6 counts', (packet) => (packet > 1280 ? null : back({}, '[fd00::9]:40000')), 1300],
  ['nothing was tried', () => null, null],
])('packet size: %s', ([, answer, bytes]) => {
  expect(mtus(sizes(answer))).toEqual(new Set([bytes]));
});

test('packet size: another attempt of the same moment was split, and this size passes elsewhere', () => {
  const mixed: MeshBreak = (nodePair) => {
    const isOne = nodePair.from.id === 'control@n11' && nodePair.to.id === 'control@n12';
    return sizes((packet) =>
      packet > 1450 ? null : { ...back(isOne ? { 'Ip.FragCreates': 2 } : {}), concurrent: isOne ? 3 : 0 },
    )(nodePair);
  };
  expect(mtus(mixed)).toEqual(new Set([1450]));
});

test('DNS of each node and server', () => {
  const cluster = shopCluster();
  const settings = {
    run: 'r',
    deadlineMs: 9000,
    networks: ['pod' as const],
    protocol: 'tcp' as const,
    sizeBytes: 0,
    peers: null,
  };
  const { plan, design, nodes } = planMesh(cluster, settings);
  const recording = { ...run({ cluster }), plan: { ...plan }, target: meshTarget(null), samples: [] };
  const { dns } = matrixReport(recording, { ...settings, design, nodes });
  expect(dns.map(({ node, server, name, state }) => [node, server, name, state]).slice(0, 3)).toEqual([
    ['worker-1', '10.96.0.10', 'kube-system/kube-dns', 'unmeasured'],
    ['worker-1', '10.244.1.53', 'kube-system/coredns-1', 'unmeasured'],
    ['worker-1', '10.244.2.53', 'kube-system/coredns-2', 'unmeasured'],
  ]);
});

test('the report is what its schema says', () => {
  const { report } = meshRun({ zones: [2, 3], breaks: [cut('pod', touches('n21'))] });
  expect(MatrixReport.safeParse(report()).error).toBeUndefined();
});

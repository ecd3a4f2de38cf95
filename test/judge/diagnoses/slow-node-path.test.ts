import { expect, test } from 'vitest';
import { answered, matrix, touches } from '../matrix/mesh-world.ts';
import type { MeshBreak, MeshWorld } from '../matrix/mesh-world.ts';
import { sample, times } from '../make.ts';
import { findingOf } from '../world.ts';

const id = 'slow-node-path';
const finding = (world: MeshWorld) => matrix(world).verdict.findings.find(({ diagnosis }) => diagnosis === id) ?? null;
const slow =
  (isSlow: (from: string, to: string) => boolean, ms: number): MeshBreak =>
  (nodePair) =>
    isSlow(nodePair.from.node ?? '', nodePair.to.node ?? '') && nodePair.path.userFacing
      ? answered(ms)(nodePair)
      : null;
/** The kernel is in time and the process is not. */
const busy: MeshBreak = ({ from, to, path, count }) =>
  path.userFacing && touches('n13')(from.node ?? '', to.node ?? '')
    ? times(count, () => sample({ connectMs: 0.4, firstByteMs: 40 }))
    : null;
const onceSlow: MeshBreak = (nodePair) =>
  nodePair.path.userFacing && touches('n13')(nodePair.from.node ?? '', nodePair.to.node ?? '')
    ? [...answered(60)(nodePair).slice(4), ...answered(0.6)(nodePair).slice(2)]
    : null;

test.for<[string, MeshWorld]>([
  ['everything answers alike', {}],
  ['a few milliseconds more', { breaks: [slow(touches('n13'), 4)] }],
  ['a passing load', { breaks: [onceSlow] }],
  [
    'one attempt of one node pair',
    {
      breaks: [
        (nodePair) =>
          nodePair.path.userFacing ? [...answered(80)(nodePair).slice(5), ...answered(0.6)(nodePair).slice(1)] : null,
      ],
    },
  ],
  ['everything is slow alike', { breaks: [slow(() => true, 40)] }],
  ['a crossing of zones is far', { zones: [3, 3], breaks: [slow((a, b) => a[1] !== b[1], 40)] }],
  ['two nodes have no others', { zones: [2], breaks: [slow((from) => from === 'n11', 40)] }],
])('silent: %s', ([, world]) => {
  expect(finding(world)).toBeNull();
});

test('silent: a diagnosis does not ask for it', () => {
  const breaks = [
    (_: object, from: { id: string }) =>
      from.id === 'control@worker-3' ? times(4, () => sample({ connectMs: 40 })) : null,
  ];
  expect(findingOf(id, { breaks })).toBeNull();
});

test('speaking: a slow network at one node', () => {
  const found = finding({ breaks: [slow(touches('n13'), 40)] });
  expect(found).toMatchObject({ certainty: 'likely', object: { kind: 'Node', name: 'n13' } });
  expect(found?.title).toBe(
    'Node n13 is slow: its node pairs over the node network take 40 ms, those of others 0.6 ms',
  );
  expect(found?.fix?.says).toContain('the link');
});

test('speaking: a busy node is slow to answer and asks in time', () => {
  const found = finding({ networks: ['pod'], breaks: [slow((_, to) => to === 'n13', 90)] });
  expect(found).toMatchObject({ where: { from: 'all other nodes', to: 'n13' } });
  expect(found?.title).toBe(
    'Node n13 is slow: node pairs towards it over the pod network take 90 ms, those of others 0.6 ms',
  );
});

test('speaking: a busy node answers connects in time', () => {
  const found = finding({ networks: ['pod'], breaks: [busy] });
  expect(found?.evidence.map(({ says }) => says)).toContain(
    'connects are quick, answers are not: kernels are in time, processes are not',
  );
  expect(found?.fix?.says).toContain('CPU');
});

test('speaking: a slow node pair within a far zone crossing', () => {
  const far = slow((from, to) => from[1] !== to[1], 8);
  const found = finding({
    zones: [3, 3],
    networks: ['pod'],
    breaks: [slow((from, to) => from === 'n11' && to === 'n21', 90), far],
  });
  expect(found?.title).toBe('n11 → n21 is slow over the pod network: 90 ms at best, others of its kind 8 ms');
});

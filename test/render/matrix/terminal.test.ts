import { expect, test } from 'vitest';
import { matrixRenderers } from '../../../src/render/matrix/render.ts';
import type { MatrixReport } from '../../../src/model/matrix.ts';
import { answered, cut, joins, matrix, touches } from '../../judge/matrix/mesh-world.ts';
import type { MeshBreak } from '../../judge/matrix/mesh-world.ts';

const options = { width: 80, colour: false, unicode: true, verbose: false, again: 'kprobe matrix' };
const show = (report: MatrixReport, over: Partial<typeof options> = {}) =>
  matrixRenderers.terminal(report, { ...options, ...over });
const slow =
  (name: string): MeshBreak =>
  (nodePair) =>
    nodePair.path.userFacing && touches(name)(nodePair.from.node ?? '', nodePair.to.node ?? '')
      ? answered(60)(nodePair)
      : null;
const six = () => matrix({ breaks: [cut('pod', touches('n13'))] });
const forty = () =>
  matrix({
    zones: [14, 13, 13],
    networks: ['pod'],
    breaks: [cut('pod', touches('n25')), cut('pod', joins('n11', 'n39')), slow('n17')],
  });

test.for([
  ['six', six, {}],
  ['six-ascii', six, { unicode: false }],
  ['six-colour', six, { colour: true }],
  ['six-narrow', six, { width: 40 }],
  ['healthy-zones', () => matrix({ zones: [2, 3] }), {}],
  ['forty', forty, {}],
  [
    'many',
    () =>
      matrix({
        zones: [40, 40],
        networks: ['pod'],
        breaks: [cut('pod', touches('n25')), cut('pod', joins('n11', 'n12'))],
      }),
    {},
  ],
] as const)('%s looks as it did', async ([name, report, over]) => {
  await expect(show(report(), over)).toMatchFileSnapshot(`../golden/matrix-${name}.txt`);
});

test('no line of forty nodes is wider than the terminal', () => {
  for (const width of [80, 100, 132]) {
    const lines = show(forty(), { width }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  }
});

test('forty nodes on a narrow terminal are summed up', () => {
  expect(show(forty(), { width: 50 })).toContain('Worst nodes');
});

test('without colour nothing is lost: bad cells have signs of their own', () => {
  const plain = show(forty());
  expect(show(forty(), { colour: true }).replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
});

test('names of strangers neither paint nor forge lines', () => {
  const report = six();
  const evil = { ...report, nodes: report.nodes.map((node) => ({ ...node, zone: '\u001b[31m\nroot' })) };
  expect(show(evil)).not.toMatch(/\u001b|^root/m);
});

test('a report without cells is still a page', () => {
  expect(show(matrix({ zones: [1] }))).toContain('there is one node only');
});

import { describe, expect, test } from 'vitest';
import { gridOf, worstCells } from '../../../src/render/html/matrix-grid.ts';
import { matrixReport } from '../matrices.ts';

const grid = gridOf(matrixReport(), 'pod');
const cell = (from: number, to: number) => grid.rows[from - 1]?.[to - 1];

test.for([
  [3, 4, '0.4', 'worker-3 → worker-4: good; connect p50 0.5 ms, p90 0.6 ms, p99 1 ms; round trip p50 0.4 ms'],
  [1, 2, '✕', 'worker-1 → worker-2: broken; lost 10 of 10 (72 to 100 %)'],
  [2, 3, '◐ 30 %', 'worker-2 → worker-3: lossy; connect'],
  [3, 2, '◆ 7.9', 'worker-3 → worker-2: slow; connect'],
  [4, 2, '–', 'worker-4 → worker-2: unmeasured'],
  [5, 5, '·', 'worker-5 → worker-5: the same node'],
] as const)('%i → %i shows %s and says it', ([from, to, text, facts]) => {
  expect(cell(from, to)?.text).toBe(text);
  expect(cell(from, to)?.facts).toContain(facts);
});

test('a pair that was not asked is empty, and said so', () => {
  const report = matrixReport();
  const partial = gridOf({ ...report, cells: report.cells.filter(({ from }) => from !== 'worker-6') }, 'pod');
  expect(partial.rows[5]?.[0]).toEqual({ text: '', look: 'none', facts: 'worker-6 → worker-1: not asked' });
});

test('cells of another network are another grid', () => {
  expect(
    new Set(
      gridOf(matrixReport(), 'host')
        .rows.flat()
        .map(({ look }) => look),
    ),
  ).toEqual(new Set(['none', 'self']));
});

describe('shades', () => {
  const shade = (from: number, to: number) => cell(from, to)?.look;

  test('noise stays one shade', () => {
    expect(new Set([shade(3, 4), shade(4, 5), shade(5, 6), shade(6, 3)])).toEqual(new Set(['h1']));
  });

  test('what is twelve times the median is the darkest', () => {
    expect(shade(3, 2)).toBe('h5 slow');
  });

  test('there is no scale where nothing was answered', () => {
    const { cells } = matrixReport();
    const silent = { ...matrixReport(), cells: cells.map((each) => ({ ...each, connect: null, roundTrip: null })) };
    expect(gridOf(silent, 'pod').shadesMs).toBeNull();
  });
});

test('numbers stand in the cells as long as they have room', () => {
  expect(gridOf(matrixReport(24), 'pod').isCompact).toBe(false);
  expect(gridOf(matrixReport(25), 'pod').isCompact).toBe(true);
});

test('of too many nodes those with the worst cells are shown, in their order', () => {
  const report = matrixReport(200);
  const shown = gridOf({ ...report, nodes: report.nodes.toReversed() }, 'pod');
  expect(shown.nodes).toHaveLength(128);
  expect(shown.leftOut).toBe(72);
  expect(shown.nodes.at(-1)?.name).toBe('worker-1');
});

test('a report without nodes is an empty grid', () => {
  expect(gridOf(matrixReport(0), 'pod')).toMatchObject({ rows: [], shadesMs: null });
});

test('the worst node pairs come first', () => {
  const states = worstCells(matrixReport().cells).map(({ state }) => state);
  expect([...new Set(states)]).toEqual(['broken', 'lossy', 'slow', 'unmeasured']);
});

import { expect, test } from 'vitest';
import {
  HISTORY_SCHEMA,
  type PastResult,
  type PastSweep,
  type SweepHistory,
  type TargetHistory,
} from '../../../src/model/history.ts';
import { renderSweepHistory } from '../../../src/render/history/sweeps-page.ts';
import { renderTargetHistory } from '../../../src/render/history/target-page.ts';
import { startOf } from '../../history/make.ts';

const cluster = { id: 'uid-1', name: 'prod' };
const page = { width: 80, colour: false, unicode: true, asked: null };

function sweep(n: number, over: Partial<PastSweep> = {}): PastSweep {
  return {
    run: `run-${n}`,
    series: 'sweep.yaml',
    startedAt: new Date(startOf(n)).toISOString(),
    tookMs: 12_000,
    status: 'healthy',
    summary: 'all is well',
    targets: { healthy: 12, faulty: 0, inconclusive: 0, unmeasured: 0 },
    changed: [],
    ...over,
  };
}

const faulty = sweep(2, {
  status: 'faulty',
  targets: { healthy: 9, faulty: 1, inconclusive: 1, unmeasured: 1 },
  changed: ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key: `shop/${key}`, change: 'new' })),
});

function result(n: number, over: Partial<PastResult> = {}): PastResult {
  const p99Ms = over.state === 'faulty' ? 5000 : 4;
  return {
    run: `run-${n}`,
    startedAt: new Date(startOf(n)).toISOString(),
    state: 'healthy',
    change: 'same',
    diagnosis: null,
    says: null,
    attempts: 10,
    percentiles: { p50Ms: 3, p90Ms: 4, p99Ms },
    lostShare: over.state === 'faulty' ? 0.2 : 0,
    hasRecording: over.state === 'faulty',
    ...over,
  };
}

const past = Array.from({ length: 30 }, (_, n) =>
  result(
    n,
    n > 25 ? { state: 'faulty', diagnosis: 'lost-syn', says: 'one of five connects waits 1 s for its second SYN' } : {},
  ),
).toReversed();
const ofTarget = (results: readonly PastResult[], kept = results.length): TargetHistory => ({
  schema: HISTORY_SCHEMA,
  file: '/history.sqlite',
  target: 'shop/svc/web',
  clusters: [{ cluster, kept, results: [...results] }],
});
const ofSweeps = (sweeps: readonly PastSweep[]): SweepHistory => ({
  schema: HISTORY_SCHEMA,
  file: '/history.sqlite',
  clusters: [{ cluster, kept: 40, sweeps: [...sweeps] }],
});

test.for([
  ['sweeps', () => renderSweepHistory(ofSweeps([faulty, sweep(1), sweep(0)]), page)],
  [
    'sweeps-of-two-series',
    () => renderSweepHistory(ofSweeps([sweep(1, { series: 'nightly.yaml' }), sweep(0)]), { ...page, width: 100 }),
  ],
  ['target', () => renderTargetHistory(ofTarget(past), page)],
  ['target-narrow-ascii', () => renderTargetHistory(ofTarget(past), { ...page, width: 40, unicode: false })],
  [
    'target-never-measured',
    () =>
      renderTargetHistory(
        ofTarget([
          result(0, {
            state: 'unmeasured',
            attempts: 0,
            percentiles: null,
            lostShare: null,
            says: 'there is no Service shop/web',
          }),
        ]),
        page,
      ),
  ],
] as const)('%s reads as it always did', async ([name, render]) => {
  await expect(render()).toMatchFileSnapshot(`golden/${name}.txt`);
});

test('an empty history says so', () => {
  expect(renderSweepHistory({ schema: HISTORY_SCHEMA, file: '/h', clusters: [] }, page)).toContain(
    'No sweep has been kept yet.',
  );
});

test('colours only where they are asked for', () => {
  expect(renderTargetHistory(ofTarget(past), page)).not.toContain('\u001b');
  expect(renderTargetHistory(ofTarget(past), { ...page, colour: true })).toContain('\u001b[31m');
});

test.for([40, 60, 80, 132])('at %i columns only commands and paths are longer than the page', (width) => {
  const words = { says: 'x '.repeat(300), state: 'faulty' as const };
  const pages = [
    renderTargetHistory(ofTarget([result(1, words), ...past]), { ...page, width }),
    renderSweepHistory(ofSweeps([faulty, sweep(1)]), { ...page, width }),
  ].join('\n');
  const long = pages.split('\n').filter((line) => line.length > width && !line.includes('kprobe history'));
  expect(long).toEqual([]);
});

test('what a stranger wrote into a history cannot speak to the terminal', () => {
  const evil = '\u001b[2J\u202e\nforged line';
  const told = renderTargetHistory(ofTarget([result(0, { state: 'faulty', says: evil, run: evil })]), page);
  expect(told).not.toMatch(/[\u001b\u202e]/u);
  expect(told.split('\n').some((line) => line.startsWith('forged'))).toBe(false);
});

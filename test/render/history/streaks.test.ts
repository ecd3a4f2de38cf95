import { expect, test } from 'vitest';
import type { PastResult } from '../../../src/model/history.ts';
import { streaks } from '../../../src/render/history/streaks.ts';

type Short = readonly [PastResult['state'], string | null, number?];

/** Newest first, one a minute. */
function results(...short: readonly Short[]): PastResult[] {
  return short.map(([state, diagnosis, p50Ms = 3], index) => ({
    run: 'r',
    startedAt: new Date(Date.UTC(2026, 0, 1, 0, short.length - index)).toISOString(),
    state,
    change: 'same',
    diagnosis,
    says: index === 0 ? null : `says ${index}`,
    attempts: 10,
    percentiles: { p50Ms, p90Ms: p50Ms, p99Ms: p50Ms },
    lostShare: index / 10,
    hasRecording: false,
  }));
}

test.for<[string, readonly Short[], readonly [string, number][]]>([
  ['nothing', [], []],
  [
    'one state',
    [
      ['healthy', null],
      ['healthy', null],
    ],
    [['healthy', 2]],
  ],
  [
    'a fault that came',
    [
      ['faulty', 'lost-syn'],
      ['healthy', null],
      ['healthy', null],
    ],
    [
      ['faulty', 1],
      ['healthy', 2],
    ],
  ],
  [
    'one fault after another',
    [
      ['faulty', 'lost-syn'],
      ['faulty', 'empty-service'],
    ],
    [
      ['faulty', 1],
      ['faulty', 1],
    ],
  ],
  [
    'a gap between',
    [
      ['healthy', null],
      ['unmeasured', null],
      ['healthy', null],
    ],
    [
      ['healthy', 1],
      ['unmeasured', 1],
      ['healthy', 1],
    ],
  ],
])('%s', ([, short, expected]) => {
  expect(streaks(results(...short)).map(({ state, sweeps }) => [state, sweeps])).toEqual(expected);
});

test('a streak lasts until the next begins; the last one lasts', () => {
  const [now, before] = streaks(results(['faulty', 'lost-syn'], ['faulty', 'lost-syn'], ['healthy', null]));
  expect(now).toMatchObject({
    from: '2026-01-01T00:02:00.000Z',
    seen: '2026-01-01T00:03:00.000Z',
    until: null,
    says: 'says 1',
  });
  expect(before).toMatchObject({ until: '2026-01-01T00:02:00.000Z' });
});

test('of its latencies it tells the median and the highest', () => {
  const [only] = streaks(results(['healthy', null, 5], ['healthy', null, 1], ['healthy', null, 900]));
  expect(only).toMatchObject({ p50Ms: 5, p99Ms: 900, lostShare: 0.2 });
});

test('a hundred thousand results are no trouble', () => {
  const many = results(...Array.from({ length: 100_000 }, (): Short => ['healthy', null]));
  expect(streaks(many)).toHaveLength(1);
});

import { describe, expect, test } from 'vitest';
import type { Latency, SweepReport, TargetReport } from '../../src/model/sweep.ts';
import { wilson } from '../../src/judge/evidence/intervals.ts';
import { compare } from '../../src/sweep/changes.ts';
import { missesHostNetwork, lostSyn, verdict } from '../render/samples.ts';
import { sweepReport, targetReport } from '../render/sweeps.ts';

/** `lost` of `attempts`, the others in these times. */
const latency = (lost: number, attempts: number, [p50Ms, p90Ms]: readonly [number, number] = [3, 5]): Latency => ({
  attempts,
  percentiles: lost === attempts ? null : { p50Ms, p90Ms, p99Ms: p90Ms },
  lost: { share: lost / attempts, interval: [...wilson(lost, attempts)] },
});
const healthy = (over: Partial<TargetReport> = {}) => targetReport({ latency: latency(0, 12), ...over });
const faulty = (over: Partial<TargetReport> = {}) =>
  targetReport({ state: 'faulty', verdict: verdict(), says: 'it is broken', latency: latency(6, 12), ...over });
const unclear = (over: Partial<TargetReport> = {}) =>
  targetReport({ state: 'inconclusive', latency: latency(1, 12), ...over });
const unmeasured = () => targetReport({ state: 'unmeasured', says: 'no such host', verdict: null, latency: null });

const sweepOf = (target: TargetReport, over: Partial<SweepReport> = {}) => sweepReport({ targets: [target], ...over });
const between = (before: TargetReport, now: TargetReport) => compare(sweepOf(before), sweepOf(now)).targets[0];

describe('what is no news', () => {
  test.for([
    ['healthy as before', healthy(), healthy()],
    ['one attempt lost', healthy(), healthy({ latency: latency(1, 12) })],
    ['a third lost of a dozen, once', unclear({ latency: latency(0, 12) }), unclear({ latency: latency(3, 12) })],
    ['twice as slow, and nobody feels it', healthy(), healthy({ latency: latency(0, 12, [9, 20]) })],
    ['one slow answer among few', healthy(), healthy({ latency: latency(0, 12, [3, 900]) })],
    [
      'a little slower where it is slow anyway',
      healthy({ latency: latency(0, 12, [900, 950]) }),
      healthy({ latency: latency(0, 12, [1100, 1200]) }),
    ],
    ['the same fault', faulty(), faulty({ latency: latency(7, 12) })],
    [
      'the same fault, with others beside it',
      faulty(),
      faulty({ verdict: verdict({ findings: [lostSyn, missesHostNetwork] }) }),
    ],
    ['healthy, then a fuzzy look', healthy(), unclear()],
    ['a fuzzy look, then healthy', unclear(), healthy()],
    ['faulty, then a fuzzy look', faulty(), unclear({ latency: latency(5, 12) })],
  ] as const)('%s', ([, before, now]) => {
    expect(between(before, now)).toMatchObject({ change: 'same', changeSays: null });
  });
});

describe('what is news', () => {
  test.for([
    ['a fault', healthy(), faulty(), 'new', 'was healthy'],
    ['a fault that was fuzzy before', unclear(), faulty(), 'new', 'was inconclusive'],
    ['a fault that is no more', faulty(), healthy(), 'gone', 'was: it is broken'],
    [
      'clearly more lost',
      faulty({ latency: latency(2, 20) }),
      faulty({ latency: latency(18, 20) }),
      'worse',
      'lost 70 to 97 %, before 2.8 to 30 %',
    ],
    [
      'clearly less lost',
      faulty({ latency: latency(18, 20) }),
      faulty({ latency: latency(2, 20) }),
      'better',
      'lost 2.8 to 30 %, before 70 to 97 %',
    ],
    [
      'clearly more lost, and no name for it',
      healthy(),
      unclear({ latency: latency(9, 12) }),
      'worse',
      'lost 47 to 91 %, before 0 to 24 %',
    ],
    [
      'slow as a rule',
      healthy(),
      healthy({ latency: latency(0, 12, [400, 500]) }),
      'worse',
      'typically 400 ms, before 3 ms',
    ],
    [
      'quick again',
      healthy({ latency: latency(0, 12, [5000, 5000]) }),
      healthy(),
      'better',
      'typically 3 ms, before 5.0 s',
    ],
    [
      'one in ten slow, of many',
      healthy({ latency: latency(0, 40) }),
      healthy({ latency: latency(0, 40, [3, 900]) }),
      'worse',
      'one in ten not before 900 ms, before 5 ms',
    ],
    [
      'another fault in its place',
      faulty(),
      faulty({ verdict: verdict({ findings: [lostSyn] }) }),
      'worse',
      'was: it is broken',
    ],
  ] as const)('%s', ([, before, now, change, says]) => {
    expect(between(before, now)).toMatchObject({ change, changeSays: says });
  });
});

describe('what cannot be told', () => {
  test.for([
    ['no sweep before', null, 'first', null],
    ['a target that is new in the list', sweepOf(healthy({ key: 'other' })), 'first', null],
    ['not measured before', sweepOf(unmeasured()), 'unknown', 'could not be measured before'],
  ] as const)('%s', ([, before, change, says]) => {
    expect(compare(before, sweepOf(faulty())).targets[0]).toMatchObject({ change, changeSays: says });
  });

  test('not measured now', () => {
    expect(between(faulty(), unmeasured())).toMatchObject({
      change: 'unknown',
      changeSays: 'was faulty, and could not be measured',
    });
    expect(between(unmeasured(), unmeasured())).toMatchObject({ change: 'unknown', changeSays: null });
  });
});

test('a target that flaps between healthy and fuzzy never alarms', () => {
  let before = sweepOf(healthy());
  for (let sweep = 0; sweep < 50; sweep += 1) {
    const now = sweep % 2 === 0 ? unclear({ latency: latency(sweep % 3, 12) }) : healthy({ latency: latency(0, 12) });
    before = compare(before, sweepOf(now));
    expect(before.targets[0]?.change).toBe('same');
  }
});

describe('since when', () => {
  const at = (startedAt: string) => ({ run: { ...sweepReport().run, startedAt } });
  const first = compare(null, sweepOf(faulty({ since: null }), at('2026-01-01T00:00:00Z')));
  const second = compare(first, sweepOf(faulty({ since: null }), at('2026-01-02T00:00:00Z')));
  const third = compare(second, sweepOf(healthy({ since: null }), at('2026-01-03T00:00:00Z')));

  test('a state lasts from the first sweep that saw it', () => {
    expect([first, second, third].map(({ targets }) => targets[0]?.since)).toEqual([
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00Z',
      '2026-01-03T00:00:00Z',
    ]);
  });

  test('what it is compared with is told', () => {
    expect(first.before).toBeNull();
    expect(second.before).toEqual({ id: first.run.id, startedAt: '2026-01-01T00:00:00Z' });
  });
});

test('targets that are no longer in the list are named', () => {
  const before = sweepReport({ targets: [healthy({ key: 'a' }), healthy({ key: 'b' })] });
  expect(compare(before, sweepReport({ targets: [healthy({ key: 'b' })] })).dropped).toEqual(['a']);
});

test('the summary counts, and leads with what has changed', () => {
  const before = sweepReport({ targets: ['a', 'b', 'c'].map((key) => healthy({ key })) });
  const now = sweepReport({ targets: [healthy({ key: 'a' }), faulty({ key: 'b' }), faulty({ key: 'c' })] });
  expect(compare(before, now).summary).toBe('3 targets: 2 faulty and 1 healthy; new: b and c');
  expect(compare(now, now).summary).toBe('3 targets: 2 faulty and 1 healthy');
});

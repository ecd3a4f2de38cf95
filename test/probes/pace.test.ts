import { expect, test } from 'vitest';
import { Pace } from '../../probes/pace.ts';
import type { Schedule } from '../../probes/wire.ts';

function schedule(path: string, startMs: number, everyMs: number, count: number): Schedule {
  return { path, probe: { kind: 'resolver', name: 'a' }, startMs, everyMs, count, limitMs: 1000 };
}
function take(pace: Pace, now: number): string[] {
  return pace.take(now).map(({ schedule: { path }, attempt, dueMs }) => `${path}${attempt}@${dueMs}`);
}

test('nothing is due without a series, or from a series of none', () => {
  const pace = new Pace();
  pace.add(schedule('a', 0, 100, 0), 0);
  expect(pace.nextDueMs()).toBeNull();
  expect(take(pace, 1e9)).toEqual([]);
});

test('attempt i is due at the beginning plus start plus i times the interval', () => {
  const pace = new Pace();
  pace.add(schedule('a', 50, 100, 3), 1000);
  expect(pace.nextDueMs()).toBe(1050);
  expect(take(pace, 1049.9)).toEqual([]);
  expect(take(pace, 1050)).toEqual(['a0@1050']);
  expect(pace.nextDueMs()).toBe(1150);
  expect(take(pace, 1250)).toEqual(['a1@1150', 'a2@1250']);
  expect(pace.nextDueMs()).toBeNull();
});

test('a late caller gets everything that is overdue, earliest first, with its true due time', () => {
  const pace = new Pace();
  pace.add(schedule('a', 10, 20, 2), 0);
  pace.add(schedule('b', 0, 15, 2), 0);
  expect(take(pace, 1000)).toEqual(['b0@0', 'a0@10', 'b1@15', 'a1@30']);
});

test('a series that begins later does not wait for earlier ones to end', () => {
  const pace = new Pace();
  pace.add(schedule('a', 0, 100, 10), 0);
  take(pace, 0);
  pace.add(schedule('b', 5, 100, 1), 20);
  expect(pace.nextDueMs()).toBe(25);
});

test('what is asked again follows the series, and not before its time', () => {
  const pace = new Pace();
  const hindered = { ...schedule('a', 50, 100, 2), again: { afterMs: 400, count: 2 } };
  pace.add(hindered, 1000);
  take(pace, 1150);
  pace.addAgain(hindered, 1000, 1150);
  expect(pace.nextDueMs()).toBe(1400);
  expect(take(pace, 9999)).toEqual(['a2@1400', 'a3@1500']);
  expect(pace.nextDueMs()).toBeNull();
});

test.each([
  { afterMs: 0, now: 1100, first: 1250, because: 'the series goes on at its own pace' },
  { afterMs: 400, now: 3000, first: 3000, because: 'what is known late is asked again at once' },
])('$because', ({ afterMs, now, first }) => {
  const pace = new Pace();
  pace.addAgain({ ...schedule('a', 50, 100, 2), again: { afterMs, count: 1 } }, 1000, now);
  expect(pace.nextDueMs()).toBe(first);
});

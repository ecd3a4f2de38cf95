import { describe, expect, test } from 'vitest';
import { modesOf } from '../../../src/judge/evidence/modes.ts';
import { sample } from '../make.ts';

const modesIn = (values: readonly number[]) =>
  modesOf(values.map((ms, index) => ({ ms, attempt: { index, sample: sample() } })));
const sizes = (values: readonly number[]) => modesIn(values).map((mode) => mode.attempts.length);

describe('one mode', () => {
  test.for([
    ['one value', [3]],
    ['noise of a busy machine', [0.3, 0.4, 0.5, 2, 0.3, 1.1]],
    ['noise with a stall', [0.3, 0.4, 12, 2, 25]],
    ['one kernel timer of 1 s, late by different amounts', [1003, 1017, 1028, 1064, 1120]],
    ['one kernel timer of 7 s', [7117, 7130, 7252]],
    ['5 s of user space and of a loaded machine', [5000, 5003, 5030, 5111]],
    ['an application that takes 0.2 to 0.8 s', [210, 260, 310, 370, 450, 520, 610, 700, 790]],
  ] as const)('%s', ([, values]) => {
    expect(sizes(values)).toEqual([values.length]);
  });
});

describe('several modes', () => {
  test.for([
    ['3 ms and 1.0 s', [3, 1010, 4, 2, 1003], [3, 2]],
    ['3 ms and 5.0 s, one each', [3, 5003], [1, 1]],
    ['the SYN ladder since Linux 6.5', [0.4, 1017, 2035, 3069, 4083, 5111, 7117], [1, 1, 1, 1, 1, 1, 1]],
    ['the SYN ladder before', [0.4, 0.5, 1028, 3041, 7252, 15_415], [2, 1, 1, 1, 1]],
    ['1.0, 2.0, 3.0 and 5.0 s', [1000, 2000, 3000, 5000], [1, 1, 1, 1]],
    ['0.2 and 0.4 s after many fast ones', [1, 2, 1, 1, 3, 208, 211, 417], [5, 2, 1]],
    ['0.2 s after noise of every size', [0.2, 2, 20, 208], [3, 1]],
    ['5, 10 and 15 s of a proxy', [2, 3, 5004, 10_008, 15_010], [2, 1, 1, 1]],
  ] as const)('%s', ([, values, expected]) => {
    expect(sizes(values)).toEqual(expected);
  });
});

test('nothing gives no mode, and what is not a duration is left out', () => {
  expect(modesIn([])).toEqual([]);
  expect(sizes([Number.NaN, 3, Number.POSITIVE_INFINITY, -1])).toEqual([1]);
});

test('a mode says its middle, ends and share', () => {
  const [fast, slow] = modesIn([2, 8, 5000, 5000]);
  expect(fast).toMatchObject({ lowestMs: 2, highestMs: 8, share: 0.5 });
  expect(fast?.ms).toBeCloseTo(4);
  expect(slow?.ms).toBeCloseTo(5000);
});

test('every value is in exactly one mode, modes are apart and ascending, and the order of values does not matter', () => {
  let seed = 7;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 200; round++) {
    const values = Array.from({ length: 1 + Math.floor(random() * 200) }, () => 0.1 * 10 ** (random() * 5.5));
    const modes = modesIn(values);
    const indices = modes.flatMap((mode) => mode.attempts.map((attempt) => attempt.index));
    expect(indices.toSorted((a, b) => a - b)).toEqual(values.map((_, index) => index));
    expect(modes.reduce((sum, mode) => sum + mode.share, 0)).toBeCloseTo(1);
    modes.slice(1).forEach((mode, index) => {
      const before = modes[index];
      expect(mode.lowestMs - (before?.highestMs ?? 0)).toBeGreaterThanOrEqual(30);
    });
    expect(sizes(values.toReversed())).toEqual(modes.map((mode) => mode.attempts.length));
  }
});

test('adding fast answers never merges a slow mode into them', () => {
  for (let fast = 1; fast <= 200; fast++) {
    const values = [...Array.from({ length: fast }, (_, index) => 0.3 + (index % 20) / 10), 1017];
    expect(sizes(values)).toEqual([fast, 1]);
  }
});

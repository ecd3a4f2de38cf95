import { expect, test } from 'vitest';
import { proportion, wilson } from '../../../src/judge/evidence/intervals.ts';

test('nothing tried is nothing known', () => {
  expect(proportion(0, 0)).toEqual({ count: 0, of: 0, share: 0, interval: [0, 1] });
});

// Reference values: Wilson score interval, z = 1.96, as any statistics package gives them.
test.for([
  [0, 5, 0, 0.434],
  [5, 5, 0.566, 1],
  [0, 10, 0, 0.278],
  [5, 10, 0.237, 0.763],
  [1, 100, 0.002, 0.054],
] as const)('%i of %i has the interval %f to %f', ([count, of, low, high]) => {
  const [from, to] = wilson(count, of);
  expect(from).toBeCloseTo(low, 3);
  expect(to).toBeCloseTo(high, 3);
});

test('the interval always holds the share and stays within 0 and 1', () => {
  for (let of = 1; of <= 60; of++) {
    for (let count = 0; count <= of; count++) {
      const { share, interval } = proportion(count, of);
      expect(interval[0]).toBeGreaterThanOrEqual(0);
      expect(interval[1]).toBeLessThanOrEqual(1);
      expect(interval[0] <= share && share <= interval[1]).toBe(true);
    }
  }
});

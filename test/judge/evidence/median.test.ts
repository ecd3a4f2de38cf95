import { expect, test } from 'vitest';
import { median } from '../../../src/judge/evidence/median.ts';

test.for<readonly [readonly number[], number | null]>([
  [[], null],
  [[7], 7],
  [[3, 1], 2],
  [[9, 1, 2], 2],
  [[4, 1, 3, 10], 3.5],
])('the median of %j is %s', ([values, middle]) => {
  expect(median(values)).toBe(middle);
});

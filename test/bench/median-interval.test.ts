import { expect, test } from 'vitest';
import { medianInterval } from '../../bench/median-interval.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

// Places as tables of the sign test have them (n = 10: 2nd and 9th; 20: 6th and 15th; 30: 10th and 21st).
test.each([
  [5, [1, 5]],
  [6, [1, 6]],
  [10, [2, 9]],
  [20, [6, 15]],
  [30, [10, 21]],
])('of %i values', (count, expected) => {
  expect(medianInterval(upTo(count).toReversed())).toEqual(expected);
});

import { expect, test } from 'vitest';
import { duration, interval, percent } from '../../src/model/format.ts';

test.for([
  [0.4, '0.4 ms'],
  [3, '3 ms'],
  [212, '212 ms'],
  [999.6, '1.00 s'],
  [1017, '1.02 s'],
  [5003, '5.0 s'],
  [67_900, '67.9 s'],
  [120_000, '2 min'],
  [Number.NaN, '?'],
] as const)('writes %d milliseconds as %s', ([ms, text]) => {
  expect(duration(ms)).toBe(text);
});

test('writes shares and their intervals', () => {
  expect(percent(0.5)).toBe('50 %');
  expect(percent(0.004)).toBe('0.4 %');
  expect(interval([0, 0.278])).toBe('0 to 28 %');
});

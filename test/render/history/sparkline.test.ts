import { expect, test } from 'vitest';
import { sparkline } from '../../../src/render/history/sparkline.ts';

test.for([
  ['nothing', [], 'log', ' '],
  ['one value', [3], 'log', '▁'],
  ['values alike: noise is no mountain', [3, 4, 3], 'log', '▁▂▁'],
  ['a mountain', [3, 5000, 3], 'log', '▁█▁'],
  ['what was not measured is a blank', [3, null, 5000], 'log', '▁ █'],
  ['nothing measured at all', [null, null], 'log', '  '],
  ['zero', [0, 0, 10], 'log', '▁▁█'],
  ['shares', [0, 0.01, 0.5, 1], 'share', '▁▂▅█'],
  ['more values than room: the highest is drawn', [3, 3, 3, 5000, 3, 3, 3, 3, 3, 3, 3, 3], 'log', '▁█▁▁▁▁'],
] as const)('%s', ([, values, scale, drawn]) => {
  expect(sparkline(values, { width: 6, unicode: true, scale })).toBe(drawn);
});

test('in ASCII where the terminal speaks nothing else', () => {
  expect(sparkline([0, 0.5, 1], { width: 6, unicode: false, scale: 'share' })).toBe('_=#');
});

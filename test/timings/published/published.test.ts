import { describe, expect, test } from 'vitest';
import { explainTimings } from '../../../src/timings/explain.ts';
import { readTimings } from '../../../src/timings/read.ts';
import { published } from './lists.ts';

function reportOf(text: string) {
  const read = readTimings(text);
  if (read?.ok !== true) throw new Error(`not read: ${JSON.stringify(read)}`);
  return explainTimings(read.value, '0.0.0');
}

test('there are fifteen and more, each of another place', () => {
  expect(new Set(published.map(({ source }) => source)).size).toBeGreaterThanOrEqual(15);
});

describe.for(published.map((each) => [each.name, each] as const))('%s', ([, { text, timer }]) => {
  const report = reportOf(text);

  test('the cause is among the candidates of the terminal', () => {
    const names = report.candidates.slice(0, 8).map((each) => each.timer);
    if (timer === null) {
      expect(names).toEqual([]);
      expect(report.remarks.join('\n')).toContain('own limit');
    } else expect(names).toContain(timer);
  });

  test('nothing is proven, healthy or faulty', () => {
    expect(report.status).toBe('inconclusive');
    expect(new Set(report.candidates.map(({ certainty }) => certainty))).not.toContain('proven');
    expect(report.settle === null).toBe(timer === null);
  });
});

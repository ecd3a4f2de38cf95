import { expect, test } from 'vitest';
import { explainTimings } from '../../../src/timings/explain.ts';
import { readTimings } from '../../../src/timings/read.ts';
import { published } from './lists.ts';

/** Candidates that the terminal shows without -v. */
const PRINTED = 6;

function reportOf(text: string) {
  const read = readTimings(text);
  if (read?.ok !== true) throw new Error(`not read: ${JSON.stringify(read)}`);
  return explainTimings(read.value, '0.0.0');
}

test('there are fifteen and more, each of another place', () => {
  expect(new Set(published.map(({ source }) => source)).size).toBeGreaterThanOrEqual(15);
});

const named = published.flatMap(({ name, text, timer }) => (timer === null ? [] : [[name, text, timer] as const]));
const limits = published.flatMap(({ name, text, timer }) => (timer === null ? [[name, text] as const] : []));

test.for(named)('%s: the cause is among the candidates that are printed', ([, text, timer]) => {
  expect(
    reportOf(text)
      .candidates.slice(0, PRINTED)
      .map((each) => each.timer),
  ).toContain(timer);
});

test.for(limits)('%s: the client’s own limit is no timer', ([, text]) => {
  const report = reportOf(text);
  expect(report.candidates).toEqual([]);
  expect(report.settle).toBeNull();
  expect(report.remarks.join('\n')).toContain('own limit');
});

test.for(published)('$name: nothing is proven, healthy or faulty', ({ text }) => {
  const { status, candidates } = reportOf(text);
  expect(status).toBe('inconclusive');
  expect(candidates.filter(({ certainty }) => certainty !== 'possible')).toEqual([]);
});

test.for(named)('%s: a command would settle it', ([, text]) => {
  expect(reportOf(text).settle?.command).toMatch(/^kprobe diagnose TARGET/u);
});

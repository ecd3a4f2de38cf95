import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Progress } from '../../src/model/progress.ts';
import { openPage } from '../../src/render/page.ts';
import { frame } from '../../src/terminal/picture.ts';
import { showProgress } from '../../src/terminal/progress.ts';
import { count, emptyTally } from '../../src/terminal/tally.ts';
import { collector } from '../cli/session.ts';

const options = { width: 80, colour: false, unicode: true, quiet: false };
const page = openPage(options);
const stage = (says: string): Progress => ({ kind: 'stage', stage: 'collect', says });
const path = (id: string, over: Partial<Extract<Progress, { kind: 'path' }>> = {}): Progress => ({
  kind: 'path',
  id,
  from: 'worker-1',
  to: id,
  done: 1,
  planned: 5,
  lastMs: 3,
  state: 'open',
  ...over,
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test.for([true, false])('quiet means quiet (terminal: %s)', (isTTY) => {
  const { screen, text } = collector({ isTTY });
  const { reportProgress, stop } = showProgress(screen, { ...options, quiet: true });
  reportProgress(stage('measuring'));
  vi.advanceTimersByTime(60_000);
  stop();
  expect(text()).toBe('');
});

test('a pipe gets each stage once, what went wrong, and a line now and then', () => {
  const { screen, text } = collector();
  const { reportProgress, stop } = showProgress(screen, options);
  reportProgress(stage('2 paths'));
  reportProgress(stage('2 paths'));
  reportProgress({ kind: 'agent', agent: 'host@worker-1', state: 'starting', says: 'scheduled' });
  reportProgress({ kind: 'agent', agent: 'host@worker-1', state: 'failed', says: 'ImagePullBackOff' });
  reportProgress({ kind: 'limitation', limitation: { what: 'worker-2', because: 'not ready' } });
  for (let done = 1; done <= 5; done += 1) reportProgress(path('a', { done }));
  reportProgress(path('b'));
  vi.advanceTimersByTime(12_000);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(text().split('\n')).toEqual([
    'collect: 2 paths',
    'host@worker-1 failed: ImagePullBackOff',
    'not measured: worker-2: not ready',
    'collect: 1 of 2 paths done, 6 of 10 samples',
    '',
  ]);
});

test('a thousand broken agents do not fill a log', () => {
  const { screen, text } = collector();
  const { reportProgress, stop } = showProgress(screen, options);
  for (let n = 0; n < 1000; n += 1)
    reportProgress({ kind: 'agent', agent: `host@${n}`, state: 'failed', says: 'no image' });
  stop();
  expect(text().split('\n').length).toBeLessThan(30);
});

test('a terminal is drawn at most ten times a second, and left clean', () => {
  const { screen, text } = collector({ isTTY: true, columns: 80, rows: 24 });
  const write = vi.spyOn(screen, 'write');
  const { reportProgress, stop } = showProgress(screen, options);
  for (let n = 0; n < 10_000; n += 1) reportProgress(path(`p${n % 50}`, { done: n % 5 }));
  expect(write).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(text()).toContain('worker-1 → p');
  expect(write.mock.calls.length).toBeLessThanOrEqual(30);
  const before = text().length;
  stop();
  // oxlint-disable-next-line no-control-regex
  expect(
    text()
      .slice(before)
      .replaceAll(/\u001b\[[?\d;]*[A-Za-z]/gu, '')
      .trim(),
  ).toBe('');
  vi.advanceTimersByTime(10_000);
  expect(text()).not.toContain('\u001b[?25l');
});

test('a picture fits its terminal, however many paths and however long their names', () => {
  const tally = emptyTally();
  count(tally, stage('measuring'));
  for (let n = 0; n < 100; n += 1) count(tally, path(`${'x'.repeat(200)}${n}\u001b[2J`));
  for (const rows of [3, 6, 24, 200]) {
    const lines = frame(page, tally, { elapsedMs: 6200, rows }).split('\n');
    expect(lines.length).toBeLessThan(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
  }
});

test('a picture shows the run, and each path that moved', () => {
  const tally = emptyTally();
  count(tally, stage('measuring'));
  count(tally, path('web-1', { done: 5 }));
  count(tally, path('web-2', { lastMs: null, state: 'waiting 4 s' }));
  expect(frame(page, tally, { elapsedMs: 6200, rows: 24 })).toBe(
    'collect · measuring · 1 of 2 paths · 6.2 s\n  worker-1 → web-1  5/5  3 ms  open\n  worker-1 → web-2  1/5        waiting 4 s',
  );
});

import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openHistory } from '../../src/history/history.ts';
import { openPast } from '../../src/history/past.ts';
import type { SweepReport } from '../../src/model/sweep.ts';
import { CLUSTER, DAY_MS, fault, newFile, report, SERIES, startOf, target } from './make.ts';

const HERE = { cluster: CLUSTER, series: SERIES };
const none = new Map();
const options = { keepMs: 30 * DAY_MS, now: () => startOf(0) };

/** A history with these sweeps. */
async function with_(reports: readonly SweepReport[], file = newFile()) {
  const history = await openHistory({ file, ...options });
  for (const each of reports) await history.add(each, none);
  return { file, history };
}

test('nothing is there before the first sweep', async () => {
  const { history } = await with_([]);
  expect(await history.last(HERE)).toBeNull();
  history.close();
});

test('folders above the file are made, for this user alone', async () => {
  const file = join(dirname(newFile()), 'a', 'b', 'history.sqlite');
  (await with_([], file)).history.close();
  expect([file, dirname(file)].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o700]);
});

test('the last sweep comes back whole, also to another process', async () => {
  const last = report(1, [
    fault(),
    target({ key: 'shop/api' }),
    target({ key: 'x', state: 'unmeasured', latency: null }),
  ]);
  const { file, history } = await with_([report(0), last]);
  expect(await history.last(HERE)).toEqual(last);
  history.close();
  const again = await openHistory({ file, ...options });
  expect(await again.last(HERE)).toEqual(last);
  again.close();
});

test('the last sweep is the one that was added last, also when the clock went back', async () => {
  const { history } = await with_([report(9), report(3)]);
  expect((await history.last(HERE))?.run.id).toBe('run-3');
  history.close();
});

test.for([
  ['another cluster', { cluster: { id: 'uid-2', name: 'prod' }, series: SERIES }],
  ['another series', { cluster: CLUSTER, series: 'nightly.yaml' }],
] as const)('a sweep is never compared with that of %s', async ([, over]) => {
  const { history } = await with_([report(0), report(1, [target()], over)]);
  expect((await history.last(HERE))?.run.id).toBe('run-0');
  expect((await history.last(over))?.run.id).toBe('run-1');
  history.close();
});

test('a cluster keeps its past when its name changes', async () => {
  const { history } = await with_([report(0)]);
  expect(await history.last({ cluster: { ...CLUSTER, name: 'production' }, series: SERIES })).not.toBeNull();
  history.close();
});

test.for<[string, Partial<SweepReport>]>([
  ['hostile words', { summary: `'; DROP TABLE sweep; --\u0000\u001b[31m\ud800`, series: '💥"' }],
  ['a target twice', { targets: [fault(), target()] }],
  ['no target', { targets: [] }],
  ['a start that is no time', { run: { ...report(0).run, startedAt: 'yesterday' } }],
  [
    'numbers that are none',
    {
      targets: [
        target({ latency: { attempts: 1.5, percentiles: null, lost: { share: Number.NaN, interval: [0, 1] } } }),
      ],
    },
  ],
])('keeps a report with %s', async ([, over]) => {
  const odd = report(0, [target()], over);
  const { file, history } = await with_([odd]);
  history.close();
  const past = await openPast({ file });
  expect((await past.sweeps(5)).clusters[0]?.sweeps).toHaveLength(1);
  past.close();
});

test('a last sweep of another version of kprobe is one line, and the next sweep is kept', async () => {
  const { file, history } = await with_([{ ...report(0), novelty: true } as SweepReport]);
  await expect(history.last(HERE)).rejects.toThrow(
    `The last sweep in ${file} was written by another version of kprobe: nothing to compare with`,
  );
  await history.add(report(1), none);
  expect((await history.last(HERE))?.run.id).toBe('run-1');
  history.close();
});

test('a report that was damaged within the file is one line', async () => {
  const { file, history } = await with_([report(0)]);
  const db = new DatabaseSync(file);
  db.exec(`UPDATE report SET gzipped = x'00'`);
  db.close();
  await expect(history.last(HERE)).rejects.toThrow(`The history ${file} is damaged, or is no history`);
  history.close();
});

import { expect, test } from 'vitest';
import { openHistory } from '../../src/history/history.ts';
import { openPast } from '../../src/history/past.ts';
import { SweepHistory, TargetHistory } from '../../src/model/history.ts';
import type { SweepReport } from '../../src/model/sweep.ts';
import { recording } from '../judge/make.ts';
import { DAY_MS, fault, newFile, report, startOf, target } from './make.ts';

const api = target({ key: 'shop/api' });

/** The past that these sweeps make; faulty targets have recordings. */
async function pastOf(reports: readonly SweepReport[]) {
  const file = newFile();
  const history = await openHistory({ file, keepMs: 30 * DAY_MS, now: () => startOf(0) });
  for (const each of reports) {
    const keys = each.targets.filter(({ state }) => state === 'faulty').map(({ key }) => key);
    await history.add(each, new Map(keys.map((key) => [key, recording({ run: each.run.id })])));
  }
  history.close();
  return openPast({ file });
}

test('sweeps are told newest first, with what changed', async () => {
  const past = await pastOf([report(0), report(1, [fault(), api]), report(2, [fault({ change: 'same' }), api])]);
  const told = await past.sweeps(2);
  expect(SweepHistory.parse(told)).toEqual(told);
  expect(told.clusters).toMatchObject([
    {
      cluster: { name: 'prod' },
      kept: 3,
      sweeps: [
        { run: 'run-2', status: 'faulty', changed: [] },
        {
          run: 'run-1',
          startedAt: '2026-11-01T00:10:00.000Z',
          targets: { healthy: 1, faulty: 1, inconclusive: 0, unmeasured: 0 },
          changed: [{ key: 'shop/web', change: 'new' }],
        },
      ],
    },
  ]);
});

test('a target is told newest first, with its latency and what was found', async () => {
  const past = await pastOf([report(0), report(1, [fault(), api])]);
  const told = await past.ofTarget('shop/web', 10);
  expect(TargetHistory.parse(told)).toEqual(told);
  expect(told.clusters[0]?.results).toMatchObject([
    {
      run: 'run-1',
      state: 'faulty',
      change: 'new',
      diagnosis: 'policy-misses-hostnetwork',
      says: 'half of the requests take 5.0 s',
      percentiles: { p50Ms: 3, p99Ms: 5000 },
      lostShare: 0.5,
      hasRecording: true,
    },
    { run: 'run-0', state: 'healthy', says: null, lostShare: 0, hasRecording: false },
  ]);
  expect((await past.ofTarget('nobody', 10)).clusters).toEqual([]);
  expect(await past.targets()).toEqual(['shop/api', 'shop/web']);
});

test('a target of two clusters is distinguished', async () => {
  const other = { cluster: { id: 'uid-2', name: 'stage' } };
  const past = await pastOf([report(0), report(1, [fault()], other)]);
  const { clusters } = await past.ofTarget('shop/web', 10);
  expect(clusters.map(({ cluster, results }) => [cluster.name, results.map(({ run }) => run)])).toEqual([
    ['prod', ['run-0']],
    ['stage', ['run-1']],
  ]);
});

test.for([
  ['the newest', null, 'run-2'],
  ['that of a run', 'run-1', 'run-1'],
  ['none of a healthy run', 'run-0', null],
] as const)('a recording is found: %s', async ([, run, found]) => {
  const past = await pastOf([report(0), report(1, [fault()]), report(2, [fault({ change: 'same' })])]);
  const bytes = await past.recording('shop/web', run);
  expect(bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString()) as { run: string }).run).toBe(found);
});

test('there is no past without a file', async () => {
  const file = newFile();
  await expect(openPast({ file })).rejects.toThrow(`There is no history ${file}`);
});

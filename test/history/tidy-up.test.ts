import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openHistory } from '../../src/history/history.ts';
import type { Limits } from '../../src/history/limits.ts';
import { openPast } from '../../src/history/past.ts';
import type { SweepReport } from '../../src/model/sweep.ts';
import { recording } from '../judge/make.ts';
import { CLUSTER, DAY_MS, fault, HOUR_MS, newFile, report, SERIES, startOf, target } from './make.ts';

interface Kept {
  readonly file: string;
  readonly runs: readonly string[];
  readonly recordings: readonly string[];
  readonly targets: readonly string[];
}

/** What is left of these sweeps; the clock stands at `nowMs`. `noiseBytes`: so large are the recordings of faulty targets. */
async function kept(
  reports: readonly SweepReport[],
  given: { limits?: Partial<Limits>; nowMs?: number; noiseBytes?: number },
): Promise<Kept> {
  const file = newFile();
  const { limits = {}, nowMs = startOf(0), noiseBytes = 10 } = given;
  const history = await openHistory({ file, keepMs: 30 * DAY_MS, now: () => nowMs, limits });
  for (const each of reports) {
    const keys = each.targets.filter(({ state }) => state === 'faulty').map(({ key }) => key);
    const noise = randomBytes(noiseBytes).toString('base64');
    const of = new Map(keys.map((key) => [key, recording({ run: each.run.id, kprobe: noise })]));
    await history.add(each, of);
  }
  history.close();
  const past = await openPast({ file });
  const { clusters } = await past.sweeps(1000);
  const targets = await past.targets();
  const results = await Promise.all(targets.map((key) => past.ofTarget(key, 1000)));
  past.close();
  const recorded = results.flatMap((of) => of.clusters.flatMap((each) => each.results));
  return {
    file,
    runs: clusters.flatMap(({ sweeps }) => sweeps.map(({ run }) => run)),
    recordings: recorded.filter(({ hasRecording }) => hasRecording).map(({ run }) => run),
    targets,
  };
}

const sweeps = (count: number, targets = [target()]) => Array.from({ length: count }, (_, n) => report(n, targets));

test('what is young stays', async () => {
  expect((await kept(sweeps(3), { nowMs: startOf(0) + 29 * DAY_MS })).runs).toEqual(['run-2', 'run-1', 'run-0']);
});

test('what is old goes, with targets that nobody knows any more', async () => {
  const old = report(0, [target({ key: 'shop/gone' })]);
  const left = await kept([old, report(6)], { limits: { keepMs: HOUR_MS }, nowMs: startOf(6) + 1 });
  expect(left).toMatchObject({ runs: ['run-6'], targets: ['shop/web'] });
});

test('the newest sweep of each cluster stays, however old', async () => {
  const other = report(1, [target()], { cluster: { id: 'uid-2', name: 'stage' } });
  const left = await kept([report(0), other, report(2)], { nowMs: startOf(2) + 400 * DAY_MS });
  expect(left.runs).toEqual(['run-2', 'run-1']);
});

test('of a fault that lasts, the last recordings stay, and those of its turns', async () => {
  const lasting = Array.from({ length: 8 }, (_, n) => report(n, [fault({ change: n === 1 ? 'new' : 'same' })]));
  const { recordings } = await kept(lasting, { limits: { recordingsOfTarget: 2 } });
  expect(recordings).toEqual(['run-7', 'run-6', 'run-1']);
});

test('recordings are no larger than their share, the newest stay', async () => {
  const faults = Array.from({ length: 6 }, (_, n) => report(n, [fault({ key: `shop/${n}` })]));
  const limits = { recordingBytes: 50_000 };
  expect((await kept(faults, { limits, noiseBytes: 20_000 })).recordings.toSorted()).toEqual(['run-4', 'run-5']);
});

test('a recording that is too large alone is left out, the sweep is kept', async () => {
  const left = await kept([report(0, [fault()])], { limits: { recordingBytes: 1000 }, noiseBytes: 2000 });
  expect(left).toMatchObject({ runs: ['run-0'], recordings: [] });
});

test('a history that is full lets go of its oldest sweeps', async () => {
  const wordy = Array.from({ length: 20 }, (_, index) =>
    fault({ key: `shop/${index}`, verdict: null, says: 'x'.repeat(500) }),
  );
  const left = await kept(sweeps(30, wordy), { limits: { bytes: 400_000, recordingBytes: 0 } });
  expect(left.runs[0]).toBe('run-29');
  expect(left.runs.length).toBeGreaterThan(5);
  expect(left.runs.length).toBeLessThan(30);
});

test('room that a large sweep took is given back', async () => {
  const file = newFile();
  const large = report(0, [fault()]);
  const history = await openHistory({ file, keepMs: HOUR_MS, now: () => startOf(12), limits: { recordingBytes: 1e9 } });
  await history.add(large, new Map([['shop/web', recording({ kprobe: randomBytes(8e6).toString('base64') })]]));
  expect(statSync(file).size).toBeGreaterThan(8e6);
  await history.add(report(11), new Map());
  expect(statSync(file).size).toBeLessThan(3e6);
  expect((await history.last({ cluster: CLUSTER, series: SERIES }))?.run.id).toBe('run-11');
  history.close();
});

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openHistory } from '../../src/history/history.ts';
import { SweepHistory, TargetHistory } from '../../src/model/history.ts';
import { fault, report, startOf, target } from '../history/make.ts';
import { recording } from '../judge/make.ts';
import { run } from './session.ts';

const state = mkdtempSync(join(tmpdir(), 'kprobe-cli-history-'));
const env = { LANG: 'C.UTF-8', XDG_STATE_HOME: state };
const file = join(state, 'kprobe', 'history.sqlite');
const kept = recording({ run: 'run-1' });

beforeAll(async () => {
  const history = await openHistory({ file, keepMs: 1e10, now: () => startOf(0) });
  await history.add(report(0, [target(), target({ key: 'shop/api' })]), new Map());
  await history.add(report(1, [fault(), target({ key: 'shop/api' })]), new Map([['shop/web', kept]]));
  history.close();
});

test('sweeps of the default file, and of one that is named', async () => {
  const told = await run(['history'], { env });
  expect(told).toMatchObject({ exitCode: 0, stderr: '' });
  expect(told.stdout).toContain('prod: 2 sweeps');
  expect(told.stdout).toContain('new shop/web');
  expect((await run(['history', '--history', file])).stdout).toBe(told.stdout);
});

test('the past of one target, and how to judge it again', async () => {
  const { stdout } = await run(['history', 'shop/web', '--history', file]);
  expect(stdout).toContain('✗ shop/web in prod: faulty since 2026-11-01 00:10 UTC');
  expect(stdout).toContain(`kprobe history shop/web --history ${file} --save-recording - | kprobe explain -`);
});

test('JSON is what the model says', async () => {
  const [sweeps, past] = [
    await run(['history', '-o', 'json'], { env }),
    await run(['history', 'shop/web', '-o', 'json'], { env }),
  ];
  expect(SweepHistory.parse(JSON.parse(sweeps.stdout)).clusters[0]?.sweeps).toHaveLength(2);
  expect(TargetHistory.parse(JSON.parse(past.stdout)).clusters[0]?.results).toHaveLength(2);
});

test('--limit looks back over so many', async () => {
  expect((await run(['history', '--limit', '1'], { env })).stdout).toContain('prod: the last 1 of 2 sweeps');
  expect((await run(['history', 'shop/web', '--limit', '1'], { env })).stdout).toContain('00:10 UTC or before');
});

test('a recording is written as it was, to a file or to standard output', async () => {
  const to = join(state, 'run.json');
  expect(await run(['history', 'shop/web', '--save-recording', to], { env })).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
  expect(JSON.parse(readFileSync(to, 'utf8'))).toEqual(kept);
  const { stdout } = await run(['history', 'shop/web', '--save-recording', '-', '--run', 'run-1'], { env });
  expect(JSON.parse(stdout)).toEqual(kept);
});

describe('what cannot be done is one line', () => {
  test.for([
    [['history', 'web'], 'has no target web', 'did you mean shop/web?'],
    [['history', 'zzz'], 'has no target zzz', 'it has shop/api and shop/web'],
    [['history', 'shop/api', '--save-recording', '-'], 'keeps no recording of shop/api', 'not healthy'],
    [['history', 'shop/web', '--save-recording', '-', '--run', 'x'], 'keeps no recording of shop/web of run x', ''],
    [['history', 'shop/web', '--save-recording', '/nowhere/x'], '/nowhere/x cannot be written (ENOENT)', ''],
    [['history', '--save-recording', '-'], 'needs a TARGET', ''],
    [['history', 'shop/web', '--run', 'x'], '--run is for --save-recording', ''],
    [['history', '--history', 'none'], 'nothing to show', ''],
    [['history', '--history', '/nowhere/h'], 'There is no history /nowhere/h', 'kprobe sweep makes one'],
    [['history', '--history', '/dev'], 'The history /dev is a folder', ''],
    [['history', '--limit', 'many'], '--limit many is not a number from 1', ''],
    [['history', '-o', 'jsn'], '--output jsn is not known', 'did you mean json?'],
  ] as const)('%j: %s', async ([argv, says, hint]) => {
    const { error } = await run([...argv], { env });
    expect(error?.message).toContain(says);
    expect(error?.hint ?? '').toContain(hint);
  });
});

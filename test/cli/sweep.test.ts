import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Stages } from '../../src/commands/stages.ts';
import type { SweepReport } from '../../src/model/sweep.ts';
import { UserError } from '../../src/model/user-error.ts';
import type { SweepOptions } from '../../src/sweep.ts';
import { recording } from '../judge/make.ts';
import { sweepReport, targetReport } from '../render/sweeps.ts';
import { run } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-sweep-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'sweep.yaml');
writeFileSync(file, 'targets: [a.example.com, {target: svc/web, namespace: shop}]\nbudget: {pods: 7, timeout: 90s}');

const healthy = sweepReport({
  status: 'healthy',
  targets: [targetReport({ key: 'a' }), targetReport({ key: 'b' })],
  notes: [],
});
const faulty = sweepReport({ status: 'faulty', targets: [targetReport({ key: 'a', state: 'faulty' })], notes: [] });
const unclear = sweepReport({
  status: 'inconclusive',
  targets: [targetReport({ key: 'a', state: 'inconclusive' })],
  notes: [],
});

/** A history in memory. */
function memory(last: SweepReport | null = null) {
  const added: SweepReport[] = [];
  const recordings: string[][] = [];
  const openHistory: Stages['openHistory'] = async () => ({
    last: async () => last,
    add: async (report, kept) => void (added.push(report), recordings.push([...kept.keys()])),
    close: () => undefined,
  });
  return { added, recordings, openHistory };
}
const giving = (report: SweepReport): Partial<Stages> => ({
  sweep: async () => ({ report, recordings: new Map(report.targets.map(({ key }) => [key, recording()])) }),
});

describe('kprobe sweep', () => {
  test.for([
    ['healthy', 0, healthy],
    ['faulty', 1, faulty],
    ['inconclusive', 3, unclear],
  ] as const)('%s is exit code %d', async ([, code, report]) => {
    const stages = { ...giving(report), openHistory: memory().openHistory };
    expect(await run(['sweep', 'a'], { stages })).toMatchObject({ exitCode: code, error: null });
  });

  test('asks for what the file says', async () => {
    const asked: SweepOptions[] = [];
    const sweep = async (options: SweepOptions) => {
      asked.push(options);
      return { report: healthy, recordings: new Map() };
    };
    await run(['sweep', '-f', file, '--history', 'none', '--no-host', '--context', 'c'], { stages: { sweep } });
    expect(asked).toEqual([
      expect.objectContaining({
        series: 'sweep.yaml',
        budget: { probesPerSecondPerNode: 20, pods: 7 },
        timeoutMs: 90_000,
        hostVantages: false,
        context: 'c',
      }),
    ]);
    expect(asked[0]?.targets.map(({ key }) => key)).toEqual(['a.example.com', 'shop/svc/web']);
  });

  test('reads standard input as -f -', async () => {
    const stdin = 'targets: [a]\nhistory: none\nbadget: {}';
    const { error } = await run(['sweep', '-f', '-'], { stdin });
    expect(error?.message).toMatch(/^standard input:3:1: there is no field "badget"/u);
  });

  test('asks for targets of the command line, each once', async () => {
    const asked: SweepOptions[] = [];
    const sweep = async (options: SweepOptions) => {
      asked.push(options);
      return { report: healthy, recordings: new Map() };
    };
    const line = 'sweep svc/web svc/api svc/web -n shop --from pay/checkout --slow-after 1s --history none';
    await run(line.split(' '), { stages: { sweep } });
    expect(asked[0]?.targets.map(({ key, slowAfterMs }) => [key, slowAfterMs])).toEqual([
      ['shop/svc/web from pay/checkout', 1000],
      ['shop/svc/api from pay/checkout', 1000],
    ]);
  });

  test.for([
    ['nothing', ['sweep'], 'There is nothing to sweep'],
    ['both', ['sweep', 'a', '-f', file], `Either -f ${file} or targets, not both`],
    [
      'a file that is not there',
      ['sweep', '-f', 'nowhere.yaml'],
      '-f nowhere.yaml cannot be read: there is no such file',
    ],
    ['a folder', ['sweep', '-f', folder], `-f ${folder} cannot be read: it is a folder`],
    ['a file without end', ['sweep', '-f', '/dev/zero'], '/dev/zero is larger than a sweep file may be (1 MiB)'],
    ['--from beside a file', ['sweep', '-f', file, '--from', 'a/b'], '--from belongs to targets on the command line'],
    ['--since ever', ['sweep', 'a', '--since', 'ever'], '--since ever is not known'],
    ['--save nowhere', ['sweep', 'a', '--save', '/no/where'], '--save /no/where: there is no such folder'],
    ['a timeout that is none', ['sweep', 'a', '--timeout', 'soon'], '--timeout soon is not a duration'],
    ['--init with targets', ['sweep', '--init', 'a'], '--init takes no targets: it looks for them'],
  ] as const)('%s is one clear line', async ([, argv, message]) => {
    expect((await run(argv)).error?.message).toBe(message);
  });
});

describe('the history', () => {
  test('is what a sweep is compared with, and gets the result and the recordings of what is not healthy', async () => {
    const { added, recordings, openHistory } = memory(
      sweepReport({ targets: [targetReport({ key: 'a' })], notes: [] }),
    );
    const { stdout } = await run(['sweep', 'a'], { stages: { ...giving(faulty), openHistory } });
    expect(stdout).toContain('new: a');
    expect(added.map(({ targets }) => targets[0]?.change)).toEqual(['new']);
    expect(recordings).toEqual([['a']]);
  });

  test.for([
    ['be opened', { openHistory: () => Promise.reject(new UserError('the file is corrupt')) }],
    [
      'be read',
      {
        openHistory: async () => ({
          ...(await memory().openHistory({} as never)),
          last: () => Promise.reject(new UserError('the file is corrupt')),
        }),
      },
    ],
    [
      'be written',
      {
        openHistory: async () => ({
          ...(await memory().openHistory({} as never)),
          add: () => Promise.reject(new UserError('the file is corrupt')),
        }),
      },
    ],
  ] as const)('that cannot %s costs a line, not the result', async ([, stages]) => {
    const { exitCode, stdout } = await run(['sweep', 'a'], { stages: { ...giving(faulty), ...stages } });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('the file is corrupt');
    expect(stdout).toContain('✗ a');
  });

  test('is not told of a sweep that was interrupted', async () => {
    const { added, openHistory } = memory();
    const report = { ...faulty, run: { ...faulty.run, ended: 'interrupted' } };
    await run(['sweep', 'a'], { stages: { ...giving(report), openHistory } });
    expect(added).toEqual([]);
  });

  test('none is asked for none', async () => {
    const { stdout } = await run(['sweep', 'a', '--history', 'none'], { stages: giving(healthy) });
    expect(stdout).toContain('nothing to compare with yet');
  });
});

test('--since last shows only what has changed', async () => {
  const { openHistory } = memory(healthy);
  const stages = { ...giving(healthy), openHistory };
  const { stdout } = await run(['sweep', 'a', '--since', 'last'], { stages });
  expect(stdout).toContain('Nothing has changed.');
  expect(stdout).not.toContain('Typical');
});

test('--since last without a last sweep shows everybody', async () => {
  const { stdout } = await run(['sweep', 'a', '--since', 'last'], {
    stages: { ...giving(healthy), openHistory: memory().openHistory },
  });
  expect(stdout).toContain('✓ a');
  expect(stdout).not.toContain('Nothing has changed.');
});

test('--save keeps a recording for each target', async () => {
  const saved = mkdtempSync(join(folder, 'saved-'));
  const report = { ...healthy, targets: ['x/y z', 'x.y-z', '../..'].map((key) => targetReport({ key })) };
  await run(['sweep', 'a', '--save', saved, '--history', 'none'], { stages: giving(report) });
  expect(readdirSync(saved).toSorted()).toEqual(['target.json', 'x-y-z.json', 'x.y-z.json']);
});

test('whom the file names is told of the result; what they do not take is a remark', async () => {
  const noisy = join(folder, 'notify.yaml');
  writeFileSync(noisy, 'targets: [a]\nnotify: {metricsFile: m.prom, webhook: {urlFromEnv: HOOK}}');
  const told: unknown[] = [];
  const publish: Stages['publish'] = async (report, settings) => {
    told.push([report.status, settings.metricsFile]);
    return [{ what: 'm.prom', because: 'disk full' }];
  };
  const { stderr, exitCode } = await run(['sweep', '-f', noisy, '--history', 'none'], {
    stages: { ...giving(healthy), publish },
  });
  expect(told).toEqual([['healthy', 'm.prom']]);
  expect(stderr).toContain('kprobe: m.prom: disk full\n');
  expect(stderr).toContain('kprobe: the webhook: HOOK is not set\n');
  expect(exitCode).toBe(0);
});

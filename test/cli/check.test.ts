import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CheckReport } from '../../src/model/check.ts';
import type { Reach } from '../../src/model/sweep.ts';
import type { SweepOptions } from '../../src/sweep.ts';
import { checkReport } from '../render/checks.ts';
import { sweepReport, targetReport } from '../render/sweeps.ts';
import { run } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'reach.yaml');
writeFileSync(
  file,
  'targets: [{target: svc/web, namespace: shop, from: shop/api, expect: reachable}, {target: a.example.com}]\nbudget: {timeout: 90s}',
);
const KEY = 'shop/svc/web from shop/api';
const reach = checkReport().assertions[0]?.reach as Reach;

/** A sweep that finds this. */
function finding(met: boolean | null) {
  const asked: SweepOptions[] = [];
  const target = targetReport({
    key: KEY,
    target: 'svc/web',
    namespace: 'shop',
    from: 'shop/api',
    expectations: [{ says: 'reachable', met, measured: '6 of 6 attempts answered' }],
    reach,
  });
  const sweep = async (options: SweepOptions) => {
    asked.push(options);
    return { report: sweepReport({ targets: [target], notes: [] }), recordings: new Map() };
  };
  return { asked, stages: { sweep } };
}

describe('kprobe check', () => {
  test.for([
    ['what holds', 0, true],
    ['what fails', 1, false],
    ['what cannot be told', 3, null],
  ] as const)('%s is exit code %d', async ([, code, met]) => {
    expect(await run(['check', '-f', file], finding(met))).toMatchObject({ exitCode: code, error: null });
  });

  test('asks only for what is asserted, and says what it leaves out', async () => {
    const { asked, stages } = finding(true);
    const { stdout } = await run(['check', '-f', file, '-o', 'json', '--no-host'], { stages });
    expect(asked[0]?.targets.map(({ key }) => key)).toEqual([KEY]);
    expect(asked[0]).toMatchObject({ timeoutMs: 90_000, hostVantages: false });
    const report = CheckReport.parse(JSON.parse(stdout));
    expect(report).toMatchObject({ file: 'reach.yaml', status: 'healthy', summary: '1 assertion: 1 holds' });
    expect(report.notes).toHaveLength(1);
  });

  test('reads standard input', async () => {
    const stdin = 'targets: [{target: svc/web, namespace: shop, from: shop/api, expect: reachable}]';
    const { stdout, exitCode } = await run(['check', '-f', '-', '-o', 'junit'], { stdin, ...finding(true) });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('<testsuite name="standard input"');
  });

  test.for([
    ['nothing', ['check'], 'There is nothing to check'],
    ['an output it does not have', ['check', '-f', file, '-o', 'html'], '--output html is not known'],
    [
      'a file that is not there',
      ['check', '-f', 'nowhere.yaml'],
      '-f nowhere.yaml cannot be read: there is no such file',
    ],
    ['--init with a file', ['check', '--init', '-f', file], '--init takes no file: it makes one'],
  ] as const)('refuses %s', async ([, argv, message]) => {
    const { error } = await run(argv);
    expect(error?.message).toBe(message);
  });
});

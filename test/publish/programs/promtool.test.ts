import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { SweepReport } from '../../../src/model/sweep.ts';
import { publish } from '../../../src/publish/publish.ts';
import { dashboardQueries } from '../dashboard-queries.ts';
import { broken, NOWHERE, sweep, target, world } from '../make.ts';
import { runProgram } from './program.ts';

async function textOf(report: SweepReport): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kprobe-promtool-'));
  const metricsFile = join(folder, 'kprobe.prom');
  await publish(report, { ...NOWHERE, metricsFile }, world());
  const text = readFileSync(metricsFile, 'utf8');
  rmSync(folder, { recursive: true });
  return text;
}

const EXPECTATION = { says: 'p99 < 50ms', met: false, measured: '' };
const HOSTILE = 'a"} 1\n# HELP x \\ \u2028 🔥 \ud800 {le="1"}';

test.for([
  ['healthy', sweep([target('shop.example.com')])],
  ['faulty', sweep([broken('shop.example.com', { expectations: [EXPECTATION] })])],
  ['empty', sweep([])],
  [
    'hostile',
    sweep([broken(HOSTILE + 'x'.repeat(10_000)), broken(HOSTILE)], {
      series: HOSTILE,
      cluster: { id: '', name: HOSTILE },
    }),
  ],
  ['huge', sweep(Array.from({ length: 1000 }, (_, n) => broken(`t${n}`)))],
] as const)('promtool has nothing to say about the metrics of a %s sweep', async ([, report]) => {
  expect(runProgram('promtool', ['check', 'metrics'], await textOf(report))).toEqual({ status: 0, said: '' });
});

test('promtool would say it: a duration that is not in seconds', async () => {
  const text =
    '# HELP kprobe_wait_milliseconds Waits.\n# TYPE kprobe_wait_milliseconds gauge\nkprobe_wait_milliseconds 1\n';
  expect(runProgram('promtool', ['check', 'metrics'], text).status).not.toBe(0);
});

test('the alert rules are well-formed', () => {
  expect(runProgram('promtool', ['check', 'rules', 'deploy/prometheus/kprobe.rules.yaml'])).toMatchObject({
    status: 0,
  });
});

test('each alert fires and resolves', () => {
  const { status, said } = runProgram('promtool', ['test', 'rules', 'deploy/prometheus/kprobe.rules.test.yaml']);
  expect(said).toContain('SUCCESS');
  expect(status).toBe(0);
});

test('what the dashboard asks is PromQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kprobe-promtool-'));
  const file = join(folder, 'dashboard.rules.yaml');
  const rules = dashboardQueries().map(({ expr }, index) => ({ record: `dashboard:query:${index}`, expr }));
  writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
  expect(runProgram('promtool', ['check', 'rules', file])).toMatchObject({ status: 0 });
  rmSync(folder, { recursive: true });
});

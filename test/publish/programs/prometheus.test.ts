/** A sweep's result through the real Pushgateway into the real Prometheus, up to the alert and back. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SweepReport } from '../../../src/model/sweep.ts';
import { publish } from '../../../src/publish/publish.ts';
import { dashboardQueries } from '../dashboard-queries.ts';
import { broken, NOWHERE, sweep, target, world } from '../make.ts';
import { startProgram, until } from './program.ts';

interface Alert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const folder = mkdtempSync(join(tmpdir(), 'kprobe-prometheus-'));
const stack = new AsyncDisposableStack();
let gateway: string;
let prometheus: string;

beforeAll(async () => {
  const config = join(folder, 'prometheus.yaml');
  const rules = join(folder, 'kprobe.rules.yaml');
  const hasty = readFileSync('deploy/prometheus/kprobe.rules.yaml', 'utf8').replaceAll(/for: \d+m/g, 'for: 1s');
  writeFileSync(rules, hasty);
  // Debian's keeps what it was told in a file of its own unless it is given one.
  const kept = `--persistence.file=${join(folder, 'pushgateway.data')}`;
  gateway = stack.use(await startProgram('prometheus-pushgateway', (at) => [`--web.listen-address=${at}`, kept])).url;
  const scrape = {
    job_name: 'pushgateway',
    honor_labels: true,
    static_configs: [{ targets: [gateway.replace('http://', '')] }],
  };
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      // A scrape that comes too late on a busy machine would make all series vanish.
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '500ms' },
      rule_files: [rules],
      scrape_configs: [scrape],
    }),
  );
  const args = (at: string) => [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${at}`,
  ];
  prometheus = stack.use(await startProgram('prometheus', args)).url;
});

afterAll(async () => {
  await stack.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
});

async function api<T>(path: string): Promise<T> {
  const answer = await fetch(`${prometheus}/api/v1/${path}`);
  const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
  if (status !== 'success') throw new Error(`${path}: ${error}`);
  return data;
}
const query = async (expr: string): Promise<readonly Series[]> =>
  (await api<{ result: readonly Series[] }>(`query?query=${encodeURIComponent(expr)}`)).result;
const firing = async (name: string): Promise<readonly Alert[]> =>
  (await api<{ alerts: readonly Alert[] }>('alerts')).alerts.filter(
    ({ labels, state }) => labels['alertname'] === name && state === 'firing',
  );

/** As a sweep that has just ended. */
const now = (report: SweepReport): SweepReport => ({
  ...report,
  run: { ...report.run, startedAt: new Date().toISOString(), tookMs: 0 },
});
const push = async (report: SweepReport) =>
  expect(await publish(report, { ...NOWHERE, pushgateway: { url: gateway } }, world())).toEqual([]);

const POLL = { timeout: 20_000, interval: 100 };
const HOSTILE = 'ho"st\\ile/\n🔥';
const SERIES = '/etc/kprobe/"sweep".yaml';
const EXPECTATIONS = [{ says: 'p99 < 50ms', met: false, measured: '5.0 s' }];

test('a fault alarms with its cause, a mended one no more, and targets that are gone take their series with them', async () => {
  await until('a sweep is missed', async () => (await firing('KprobeSweepMissing')).length > 0);

  await push(
    now(
      sweep([broken('shop', { expectations: EXPECTATIONS }), target(HOSTILE), target('vanishes')], { series: SERIES }),
    ),
  );
  await until('the fault fires', async () => (await firing('KprobeTargetFaulty')).length > 0);
  const [alert, ...others] = await firing('KprobeTargetFaulty');
  expect(others).toEqual([]);
  expect(alert).toMatchObject({
    labels: {
      job: 'kprobe',
      target: 'shop',
      state: 'faulty',
      severity: 'critical',
      sweep: SERIES,
      cluster: 'production',
    },
    annotations: {
      summary: 'shop is faulty',
      description: `The last sweep (${SERIES}) found: policy-denies-ingress (proven).`,
    },
  });
  await until('the sweep is missed no more', async () => (await firing('KprobeSweepMissing')).length === 0);

  const namesOf = async () =>
    new Set((await query('kprobe_target_state{state="healthy"}')).map(({ metric }) => metric['target']));
  await expect.poll(namesOf, POLL).toEqual(new Set(['ho"st\\ile/ 🔥', 'shop', 'vanishes']));
  const emptyPanels = async () => {
    const panels = dashboardQueries();
    const answers = await Promise.all(panels.map(({ expr }) => query(expr)));
    return panels.flatMap(({ title }, index) => (answers[index]?.length === 0 ? [title] : []));
  };
  await expect.poll(emptyPanels, POLL).toEqual([]);

  await push(now(sweep([target('shop'), target(HOSTILE)], { series: SERIES })));
  await until('the alert resolves', async () => (await firing('KprobeTargetFaulty')).length === 0);
  await expect.poll(() => query('kprobe_target_state{target="vanishes"}'), POLL).toEqual([]);
  await expect.poll(() => query('kprobe_finding'), POLL).toEqual([]);
  await expect.poll(async () => (await namesOf()).size, POLL).toBe(2);
});

test('two sweeps and two clusters do not take each other for one', async () => {
  await push(now(sweep([target('a')], { series: 'one' })));
  await push(now(sweep([target('b')], { series: 'two' })));
  await push(now(sweep([target('c')], { series: 'one', cluster: { id: '', name: '' } })));
  await until(
    'all are there',
    async () => (await query('kprobe_target_state{state="healthy",target=~"[abc]"}')).length === 3,
  );
  await push(now(sweep([broken('b')], { series: 'two' })));
  await until('the second is told anew', async () => (await firing('KprobeTargetFaulty')).length === 1);
  await expect.poll(() => query('kprobe_target_state{state="healthy",target=~"[ac]"} == 1'), POLL).toHaveLength(2);
});

test('a target that cannot be measured alarms, and one that is slow without a fault', async () => {
  const latency = {
    attempts: 9,
    percentiles: { p50Ms: 1, p90Ms: 1500, p99Ms: 1600 },
    lost: { share: 0, interval: [0, 0.3] as [number, number] },
  };
  const unmeasured = target('x', { state: 'unmeasured', verdict: null, latency: null });
  await push(now(sweep([unmeasured, target('y', { latency })], { series: 'three' })));
  await until(
    'both fire',
    async () => (await firing('KprobeSweepInconclusive')).length + (await firing('KprobeTargetSlow')).length === 2,
  );
  await push(now(sweep([target('x'), target('y')], { series: 'three' })));
  await until(
    'both resolve',
    async () => (await firing('KprobeSweepInconclusive')).length + (await firing('KprobeTargetSlow')).length === 0,
  );
});

import { expect, test } from 'vitest';
import type { SweepReport } from '../../src/model/sweep.ts';
import { FAMILIES, metricsOf, MOST_TARGETS, OTHER_TARGETS } from '../../src/publish/metrics/families.ts';
import { labelValues } from '../../src/publish/metrics/labels.ts';
import { registryOf } from '../../src/publish/metrics/registry.ts';
import { broken, finding, sweep, target, verdict } from './make.ts';

const text = async (report: SweepReport) => (await registryOf(metricsOf(report).families)).metrics();
const points = (report: SweepReport, name: string) =>
  metricsOf(report).families.find((family) => family.name === name)?.points ?? [];

/** How Prometheus names what comes over OTLP: dots become underscores, the unit a suffix (prometheus/otlptranslator, README). */
const SUFFIX: Readonly<Record<string, string>> = { s: '_seconds', '1': '_ratio' };
test.for(Object.values(FAMILIES))('$name is what Prometheus makes of $otlp', ({ name, otlp, unit }) => {
  expect(name).toBe(`${otlp.replaceAll('.', '_')}${SUFFIX[unit] ?? ''}`);
});

test('a sweep is seconds, states and shares, each with its sweep and cluster', async () => {
  const report = sweep([broken('shop.example.com')]);
  const lines = (await text(report)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const common = 'sweep="sweep.yaml",cluster="production"';
  expect(lines).toEqual(
    expect.arrayContaining([
      `kprobe_sweep_last_run_timestamp_seconds{${common}} 1767225620`,
      `kprobe_sweep_duration_seconds{${common}} 20`,
      `kprobe_sweep_targets{state="faulty",${common}} 1`,
      `kprobe_target_state{target="shop.example.com",state="faulty",${common}} 1`,
      `kprobe_target_state{target="shop.example.com",state="healthy",${common}} 0`,
      `kprobe_probe_duration_seconds{target="shop.example.com",percentile="90",${common}} 5.004`,
      `kprobe_probe_loss_ratio{target="shop.example.com",${common}} 0.2`,
      `kprobe_finding{target="shop.example.com",diagnosis="policy-denies-ingress",class="policy",certainty="proven",${common}} 1`,
    ]),
  );
  expect(lines.every((line) => line.includes(common))).toBe(true);
});

test('what was not measured has no series', () => {
  const report = sweep([
    target('a', {
      state: 'unmeasured',
      verdict: null,
      latency: null,
      expectations: [
        { says: 'p99 < 50ms', met: null, measured: '' },
        { says: 'loss < 1%', met: false, measured: '' },
      ],
    }),
    target('b', { latency: { attempts: 3, percentiles: null, lost: { share: 1, interval: [0.4, 1] } } }),
  ]);
  expect(points(report, 'kprobe_probe_duration_seconds')).toEqual([]);
  expect(points(report, 'kprobe_probe_loss_ratio').map(({ labels }) => labels['target'])).toEqual(['b']);
  expect(points(report, 'kprobe_expectation_met').map(({ labels, value }) => [labels['expectation'], value])).toEqual([
    ['loss < 1%', 0],
  ]);
});

test('numbers that are none are left out', () => {
  const report = sweep([target('a', { since: 'yesterday' })], {
    run: { ...sweep([]).run, startedAt: 'never', tookMs: Number.NaN },
  });
  expect(points(report, 'kprobe_sweep_last_run_timestamp_seconds')).toEqual([]);
  expect(points(report, 'kprobe_target_state_since_timestamp_seconds')).toEqual([]);
  expect(
    metricsOf(report)
      .families.flatMap((family) => family.points)
      .filter(({ value }) => Number.isNaN(value)),
  ).toEqual([]);
});

test('a target that fails as expected has no findings', () => {
  const report = sweep([target('a', { state: 'healthy', verdict: verdict([finding()]) })]);
  expect(points(report, 'kprobe_finding')).toEqual([]);
});

test('the same finding twice is one series', async () => {
  const report = sweep([broken('a', { verdict: verdict([finding(), finding()]) })]);
  expect((await text(report)).match(/^kprobe_finding\{/gm)).toHaveLength(1);
});

test.for([
  ['plain', ['shop.example.com', 'svc/web'], ['shop.example.com', 'svc/web']],
  ['line breaks', ['a\nb'], ['a b']],
  ['escapes and reordering', ['\u001b[31mred\u202e'], ['red']],
  ['half a character', ['x\ud800y'], ['xy']],
  ['made equal by cleaning', ['a\u200b', 'a', 'a~2'], ['a', 'a~2', 'a~2~2']],
] as const)('label values: %s', ([, given, made]) => {
  expect(labelValues(given)).toEqual(made);
});

test('10 kB in a label are cut, and stay distinct', () => {
  const values = labelValues(['x'.repeat(10_000), 'x'.repeat(10_001)]);
  expect(new Set(values).size).toBe(2);
  expect(Math.max(...values.map((value) => value.length))).toBeLessThan(140);
});

test('hostile names cannot forge a line or a label', async () => {
  const forged = await text(sweep([target('a"} 1\nkprobe_target_state{target="\\')]));
  const lines = forged.split('\n').filter((line) => line.startsWith('kprobe_target_state{'));
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain('target="a\\"} 1 kprobe_target_state{target=\\"\\\\"');
});

test('targets beyond the limit are summed up', () => {
  const few = Array.from({ length: MOST_TARGETS }, (_, n) => target(`t${n}`));
  expect(metricsOf(sweep(few)).omitted).toBe(0);
  expect(points(sweep(few), 'kprobe_target_state').some(({ labels }) => labels['target'] === OTHER_TARGETS)).toBe(
    false,
  );

  const many = sweep([...few, target('x', { latency: null }), target('y'), broken('z')]);
  const others = metricsOf(many).families.flatMap(({ name, points: all }) =>
    all
      .filter(({ labels }) => labels['target'] === OTHER_TARGETS)
      .map(({ labels, value }) => [name, labels['state'] ?? '', value]),
  );
  expect(others).toEqual([
    ['kprobe_target_state', 'healthy', 2],
    ['kprobe_target_state', 'faulty', 1],
    ['kprobe_target_state', 'inconclusive', 0],
    ['kprobe_target_state', 'unmeasured', 0],
    ['kprobe_probe_attempts', '', 20],
    ['kprobe_probe_loss_ratio', '', 0.1],
  ]);
  expect(points(many, 'kprobe_sweep_targets_without_series')[0]?.value).toBe(3);
});

test('series are bounded, whatever a report holds', () => {
  const findings = Array.from({ length: 100 }, (_, n) => finding({ diagnosis: `d${n}` }));
  const expectations = Array.from({ length: 100 }, (_, n) => ({ says: `e${n}`, met: true, measured: '' }));
  const report = sweep(
    Array.from({ length: 2000 }, (_, n) => broken(`t${n}`, { verdict: verdict(findings), expectations })),
  );
  const series = metricsOf(report).families.reduce((sum, family) => sum + family.points.length, 0);
  expect(series).toBeLessThan(MOST_TARGETS * 27);
});

/**
 * A sweep's result as metrics: one table for the text format, the Pushgateway and OTLP. All are gauges, since each sweep is a process of
 * its own that measures a few attempts afresh: a counter would begin at zero each time. Pure.
 */
import type { SweepReport, TargetReport } from '../../model/sweep.ts';
import { labelValue, labelValues } from './labels.ts';

/** Unit by UCUM, as OpenTelemetry has it; `{…}` only says what is counted. */
type Unit = 's' | '1' | `{${string}}`;

/** A metric by both naming conventions; Prometheus' translation of `otlp` and `unit` gives `name` (a test holds it to that). */
interface Family {
  readonly name: string;
  readonly otlp: string;
  readonly unit: Unit;
  readonly help: string;
  /** Besides `sweep` and `cluster`, which all have. */
  readonly labels: readonly string[];
}

export interface Point {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MeasuredFamily extends Family {
  readonly points: readonly Point[];
}

/** Targets with series of their own, about twelve each; a Prometheus bears this from one job without a thought. */
export const MOST_TARGETS = 500;
/** Findings and expectations of one target that get a series; the first explain most. */
const MOST_OF_TARGET = 8;
/** Stands for all targets beyond the limit. No target can be called so: `(` is not part of a host or a name. */
export const OTHER_TARGETS = '(others)';

const STATES = ['healthy', 'faulty', 'inconclusive', 'unmeasured'] as const;

const family = (name: string, otlp: string, rest: Omit<Family, 'name' | 'otlp'>): Family => ({ name, otlp, ...rest });

export const FAMILIES = {
  lastRun: family('kprobe_sweep_last_run_timestamp_seconds', 'kprobe.sweep.last_run.timestamp', {
    unit: 's',
    help: 'When the last sweep ended, in Unix time.',
    labels: [],
  }),
  sweepDuration: family('kprobe_sweep_duration_seconds', 'kprobe.sweep.duration', {
    unit: 's',
    help: 'How long the last sweep took.',
    labels: [],
  }),
  sweepTargets: family('kprobe_sweep_targets', 'kprobe.sweep.targets', {
    unit: '{target}',
    help: 'Targets of the last sweep in each state.',
    labels: ['state'],
  }),
  sweepPods: family('kprobe_sweep_probe_pods', 'kprobe.sweep.probe_pods', {
    unit: '{pod}',
    help: 'Probe pods that the last sweep made.',
    labels: [],
  }),
  sweepAttempts: family('kprobe_sweep_probe_attempts', 'kprobe.sweep.probe_attempts', {
    unit: '{attempt}',
    help: 'Attempts that the last sweep began, of all kinds.',
    labels: [],
  }),
  omitted: family('kprobe_sweep_targets_without_series', 'kprobe.sweep.targets_without_series', {
    unit: '{target}',
    help: 'Targets beyond the limit, which the target "(others)" sums up.',
    labels: [],
  }),
  state: family('kprobe_target_state', 'kprobe.target.state', {
    unit: '{state}',
    help: '1 for the state that the target is in, 0 for the others; for "(others)" the targets in each state.',
    labels: ['target', 'state'],
  }),
  since: family('kprobe_target_state_since_timestamp_seconds', 'kprobe.target.state_since.timestamp', {
    unit: 's',
    help: 'Since when the target is in its state as far as the history goes, in Unix time.',
    labels: ['target'],
  }),
  duration: family('kprobe_probe_duration_seconds', 'kprobe.probe.duration', {
    unit: 's',
    help: 'Percentiles of the time to an answer in the last sweep, of the attempts that stand for the user.',
    labels: ['target', 'percentile'],
  }),
  attempts: family('kprobe_probe_attempts', 'kprobe.probe.attempts', {
    unit: '{attempt}',
    help: 'Attempts of the last sweep that stand for the user.',
    labels: ['target'],
  }),
  loss: family('kprobe_probe_loss_ratio', 'kprobe.probe.loss', {
    unit: '1',
    help: 'Share of those attempts without an answer, 0 to 1.',
    labels: ['target'],
  }),
  finding: family('kprobe_finding', 'kprobe.finding', {
    unit: '{finding}',
    help: '1 for each thing found wrong with a target that is not healthy.',
    labels: ['target', 'diagnosis', 'class', 'certainty'],
  }),
  expectation: family('kprobe_expectation_met', 'kprobe.expectation.met', {
    unit: '{expectation}',
    help: '1 where the expectation is met, 0 where it is missed; absent where it could not be measured.',
    labels: ['target', 'expectation'],
  }),
} as const satisfies Record<string, Family>;

/** Every family with its points; numbers that are none are left out. Also says how many targets have no series of their own. */
export function metricsOf(report: SweepReport): { families: MeasuredFamily[]; omitted: number } {
  const common = { sweep: labelValue(report.series), cluster: labelValue(report.cluster.name) };
  const own = report.targets.slice(0, MOST_TARGETS);
  const others = report.targets.slice(MOST_TARGETS);
  const names = labelValues(own.map(({ key }) => key));
  const perTarget = own.map((target, index) => pointsOf(target, names[index] ?? ''));
  const all = [
    sweepPoints(report, others.length),
    ...perTarget,
    ...(others.length === 0 ? [] : [othersPoints(others)]),
  ];
  const families = Object.entries(FAMILIES).map(([id, each]) => ({
    ...each,
    points: all
      .flatMap((points) => points[id as keyof typeof FAMILIES] ?? [])
      .filter(({ value }) => Number.isFinite(value))
      .map(({ labels, value }) => ({ labels: { ...labels, ...common }, value })),
  }));
  return { families, omitted: others.length };
}

type Points = Partial<Record<keyof typeof FAMILIES, Point[]>>;

const point = (value: number, labels: Point['labels'] = {}): Point => ({ labels, value });
const unixSeconds = (iso: string): number => Date.parse(iso) / 1000;
const stateCounts = (targets: readonly TargetReport[], labels: Point['labels'] = {}): Point[] =>
  STATES.map((state) => point(targets.filter((each) => each.state === state).length, { ...labels, state }));

function sweepPoints({ run, targets }: SweepReport, omitted: number): Points {
  return {
    lastRun: [point(unixSeconds(run.startedAt) + run.tookMs / 1000)],
    sweepDuration: [point(run.tookMs / 1000)],
    sweepTargets: stateCounts(targets),
    sweepPods: [point(run.pods)],
    sweepAttempts: [point(run.attempts)],
    omitted: [point(omitted)],
  };
}

function pointsOf(report: TargetReport, target: string): Points {
  const { state, latency, verdict, since, expectations } = report;
  const { p50Ms, p90Ms, p99Ms } = latency?.percentiles ?? {};
  const percentiles = Object.entries({ 50: p50Ms, 90: p90Ms, 99: p99Ms });
  const known = expectations.filter(({ met }) => met !== null).slice(0, MOST_OF_TARGET);
  const expected = labelValues(known.map(({ says }) => says));
  return {
    state: stateCounts([report], { target }),
    since: since === null ? [] : [point(unixSeconds(since), { target })],
    duration: percentiles.flatMap(([percentile, ms]) =>
      ms === undefined ? [] : [point(ms / 1000, { target, percentile })],
    ),
    attempts: latency === null ? [] : [point(latency.attempts, { target })],
    loss: latency === null ? [] : [point(latency.lost.share, { target })],
    finding: (state === 'healthy' ? [] : (verdict?.findings ?? []))
      .slice(0, MOST_OF_TARGET)
      .map(({ diagnosis, class: group, certainty }) =>
        point(1, { target, diagnosis: labelValue(diagnosis), class: group, certainty }),
      ),
    expectation: known.map(({ met }, index) => point(met ? 1 : 0, { target, expectation: expected[index] ?? '' })),
  };
}

/** Percentiles of different targets cannot be joined, so there are none; what can be counted is. */
function othersPoints(others: readonly TargetReport[]): Points {
  const target = OTHER_TARGETS;
  const latencies = others.flatMap(({ latency }) => (latency === null ? [] : [latency]));
  const attempts = latencies.reduce((sum, each) => sum + each.attempts, 0);
  const lost = latencies.reduce((sum, each) => sum + each.attempts * each.lost.share, 0);
  return {
    state: stateCounts(others, { target }),
    attempts: [point(attempts, { target })],
    loss: [point(lost / attempts, { target })],
  };
}

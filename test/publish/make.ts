/** Reports of sweeps, as small as a test needs them. */
import { SWEEP_SCHEMA, type SweepReport, type TargetReport } from '../../src/model/sweep.ts';
import { type Finding, VERDICT_SCHEMA, type Verdict } from '../../src/model/verdict.ts';
import type { PublishDependencies } from '../../src/publish/channel.ts';
import type { PublishSettings } from '../../src/publish/settings.ts';

const RUN = {
  id: 'a1b2c3d4',
  startedAt: '2026-01-01T00:00:00.000Z',
  tookMs: 20_000,
  ended: 'complete',
  kprobe: '0.1.0',
};

export const finding = (changes: Partial<Finding> = {}): Finding => ({
  diagnosis: 'policy-denies-ingress',
  class: 'policy',
  certainty: 'proven',
  title: 'NetworkPolicy shop/allow-ingress drops ingress → web',
  object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'allow-ingress' },
  where: null,
  timer: null,
  explains: 1,
  evidence: [],
  fix: { says: 'Let the ingress in', manifest: null },
  wouldSettle: null,
  ...changes,
});

export const verdict = (findings: readonly Finding[]): Verdict => ({
  schema: VERDICT_SCHEMA,
  target: 'shop.example.com',
  status: findings.length > 0 ? 'faulty' : 'healthy',
  summary: '',
  findings: [...findings],
  ruledOut: [],
  notMeasured: [],
  paths: [],
  run: RUN,
});

export const target = (key: string, changes: Partial<TargetReport> = {}): TargetReport => ({
  key,
  target: key,
  namespace: null,
  from: null,
  object: { kind: 'Ingress', namespace: 'shop', name: 'web', uid: '11111111-2222-3333-4444-555555555555' },
  state: 'healthy',
  says: '10 of 10 requests are answered within 4 ms',
  verdict: verdict([]),
  latency: {
    attempts: 10,
    percentiles: { p50Ms: 3, p90Ms: 3.5, p99Ms: 4 },
    lost: { share: 0, interval: [0, 0.28] },
  },
  expectations: [],
  change: 'same',
  changeSays: null,
  since: null,
  ...changes,
});

/** A target that failed just now. */
export const broken = (key: string, changes: Partial<TargetReport> = {}): TargetReport =>
  target(key, {
    state: 'faulty',
    says: '5 of 10 requests take 5.0 s',
    verdict: verdict([finding()]),
    latency: {
      attempts: 10,
      percentiles: { p50Ms: 5003, p90Ms: 5004, p99Ms: 5005 },
      lost: { share: 0.2, interval: [0.06, 0.51] },
    },
    change: 'new',
    changeSays: 'half of the requests became slow',
    since: '2026-01-01T00:00:00.000Z',
    ...changes,
  });

/** A target that failed before and does no more. */
export const mended = (key: string, changes: Partial<TargetReport> = {}): TargetReport =>
  target(key, { change: 'gone', changeSays: 'answers again', ...changes });

export function sweep(targets: readonly TargetReport[], changes: Partial<SweepReport> = {}): SweepReport {
  const faulty = targets.filter(({ state }) => state === 'faulty').length;
  return {
    schema: SWEEP_SCHEMA,
    cluster: { id: '99999999-8888-7777-6666-555555555555', name: 'production' },
    series: 'sweep.yaml',
    status: faulty > 0 ? 'faulty' : 'healthy',
    summary: faulty > 0 ? `${faulty} of ${targets.length} targets are faulty` : 'all targets are healthy',
    targets: [...targets],
    dropped: [],
    notes: [],
    before: { id: 'earlier', startedAt: '2025-12-31T23:50:00.000Z' },
    run: { ...RUN, pods: 6, attempts: 240, probesPerSecondPerNode: 10 },
    ...changes,
  };
}

export const NOWHERE: PublishSettings = {
  events: false,
  webhook: null,
  pushgateway: null,
  otlp: null,
  metricsFile: null,
};

/** Now is the end of the sweep; waits are not shortened by chance. */
export const world = (changes: Partial<PublishDependencies> = {}): PublishDependencies => ({
  client: null,
  signal: new AbortController().signal,
  now: () => Date.parse(RUN.startedAt) + RUN.tookMs,
  random: () => 0,
  ...changes,
});

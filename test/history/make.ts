/** Tiny makers of sweep reports: a test says only what it is about. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SweepReport, SWEEP_SCHEMA, type TargetReport } from '../../src/model/sweep.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { verdict as verdictOf } from '../render/samples.ts';

export const CLUSTER = { id: 'uid-1', name: 'prod' };
export const SERIES = 'sweep.yaml';
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** When sweep 0 began. */
export const EPOCH_MS = Date.UTC(2026, 10, 1);

/** The path of a file that is not there yet, in a new folder. */
export function newFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'kprobe-history-')), 'history.sqlite');
}

/** A healthy target shop/web, as before. */
export function target(over: Partial<TargetReport> = {}): TargetReport {
  const key = over.key ?? 'shop/web';
  return {
    key,
    target: 'svc/web',
    namespace: 'shop',
    from: null,
    object: null,
    state: 'healthy',
    says: 'all requests are answered in 3 ms',
    verdict: null,
    latency: latency(3),
    expectations: [],
    change: 'same',
    changeSays: null,
    since: null,
    ...over,
  };
}

/** A target that has begun to fail. */
export function fault(over: Partial<TargetReport> = {}): TargetReport {
  return target({
    state: 'faulty',
    change: 'new',
    says: 'half of the requests take 5.0 s',
    changeSays: 'was healthy',
    verdict: faulty(),
    latency: latency(5000, 0.5),
    ...over,
  });
}

export function latency(p99Ms: number, lostShare = 0): NonNullable<TargetReport['latency']> {
  return {
    attempts: 10,
    percentiles: { p50Ms: 3, p90Ms: p99Ms, p99Ms },
    lost: { share: lostShare, interval: [0, 1] },
  };
}

function faulty(): Verdict {
  return verdictOf();
}

/** Sweep number `n`, ten minutes after number `n - 1`; its run is called `run-n`. */
export function report(
  n: number,
  targets: readonly TargetReport[] = [target()],
  over: Partial<SweepReport> = {},
): SweepReport {
  const isFaulty = targets.some(({ state }) => state === 'faulty');
  return {
    schema: SWEEP_SCHEMA,
    cluster: CLUSTER,
    series: SERIES,
    status: isFaulty ? 'faulty' : 'healthy',
    summary: isFaulty ? 'something is faulty' : 'all is well',
    targets: [...targets],
    dropped: [],
    notes: [],
    before: null,
    run: {
      id: `run-${n}`,
      startedAt: new Date(startOf(n)).toISOString(),
      tookMs: 12_000,
      ended: 'complete',
      kprobe: '0.1.0',
      pods: 6,
      attempts: 60,
      probesPerSecondPerNode: 10,
    },
    ...over,
  };
}

/** When sweep `n` began, in milliseconds since 1970. */
export function startOf(n: number): number {
  return EPOCH_MS + n * 10 * MINUTE_MS;
}

/** k6's end-of-test summary, as text or as `--summary-export` JSON: percentiles of each phase. */
import type { Phase } from '../../../probes/wire.ts';
import { K6_BLOCKED, K6_DURATION, K6_LIMIT_MS, K6_PHASES, K6_REMARK } from '../k6-metrics.ts';
import { foundNumber, isFields, linesOf, parsed } from '../lines.ts';
import { durationMs, type Format, type Percentile, type Read, type Shape, timings } from '../timings.ts';

type Figures = ReadonlyMap<string, number>;
const RANKS: Readonly<Record<string, number>> = { min: 0, med: 0.5, max: 1 };

export const k6: Format = {
  id: 'k6',
  read(text) {
    if (/^\s*\{/u.test(text)) return fromJson(text);
    if (!/http_req_duration[. ]*[.:]/u.test(text)) return null;
    const metrics = new Map(
      linesOf(text).flatMap((line) => {
        const [, name, figures = ''] = /(http_req_[a-z_]+)[. ]*\.*:\s+(.*)$/u.exec(line) ?? [];
        return name === undefined ? [] : [[name, figuresIn(figures)] as const];
      }),
    );
    const failed = foundNumber(text, /http_req_failed[. ]*:\s+([\d.]+)%/u);
    const requests = foundNumber(text, /http_reqs[. ]*:\s+(\d+)/u);
    return summary(metrics, { requests, failedShare: failed === null ? null : failed / 100 });
  },
};

function fromJson(text: string): Read | null {
  const report = parsed(text);
  if (!isFields(report) || !isFields(report['metrics']) || !isFields(report['metrics'][K6_DURATION])) return null;
  const metrics = Object.entries(report['metrics']).flatMap(([name, metric]) => {
    if (!isFields(metric)) return [];
    // --summary-export writes the figures themselves, handleSummary() puts them into `values`.
    const values = isFields(metric['values']) ? metric['values'] : metric;
    const figures = Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'number' ? [[key, value] as const] : [],
    );
    return [[name, new Map(figures)] as const];
  });
  const all = new Map(metrics);
  const requests = all.get('http_reqs')?.get('count') ?? null;
  const failures = all.get('http_req_failed');
  return summary(all, { requests, failedShare: failures?.get('rate') ?? failures?.get('value') ?? null });
}

function summary(
  metrics: ReadonlyMap<string, Figures>,
  { requests, failedShare }: { requests: number | null; failedShare: number | null },
): Read {
  const shape = (name: string, phase: Phase | null): Shape[] => {
    const points = pointsOf(metrics.get(name) ?? new Map());
    return points.length < 2 ? [] : [{ kind: 'percentiles', phase, points }];
  };
  const phases = Object.entries(K6_PHASES).flatMap(([name, phase]) => shape(name, phase));
  const shapes = [...phases, ...shape(K6_DURATION, null), ...shape(K6_BLOCKED, null)];
  if (shapes.length === 0) return { ok: false, problem: 'the summary of k6 has no percentiles of http_req_duration' };
  return {
    ok: true,
    value: timings({
      format: 'k6',
      tool: 'k6, summary',
      client: 'go',
      shapes,
      attempts: requests,
      failed: requests === null || failedShare === null ? null : Math.round(requests * failedShare),
      limitMs: K6_LIMIT_MS,
      remarks: [K6_REMARK],
    }),
  };
}

/** `avg=1.2s min=1ms med=3ms max=5s p(90)=5s p(95)=5s`. */
function figuresIn(text: string): Figures {
  return new Map(
    [...text.matchAll(/(avg|min|med|max|p\(\d+(?:\.\d+)?\))=(\S+)/gu)].flatMap(([, name = '', value = '']) => {
      const ms = durationMs(value);
      return ms === null ? [] : [[name, ms] as const];
    }),
  );
}

function pointsOf(figures: Figures): Percentile[] {
  return [...figures]
    .flatMap(([name, ms]): Percentile[] => {
      const rank = RANKS[name] ?? Number(/^p\(([\d.]+)\)$/u.exec(name)?.[1] ?? Number.NaN) / 100;
      return Number.isFinite(rank) ? [{ rank, ms }] : [];
    })
    .toSorted((a, b) => a.rank - b.rank || a.ms - b.ms);
}

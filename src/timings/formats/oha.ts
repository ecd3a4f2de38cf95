/** oha's report, and its JSON. */
import { answers, badGateway, errorsIn, histogramIn, percentilesIn, statusesIn, withEnds } from '../go-reports.ts';
import { isFields, numberIn, parsed } from '../lines.ts';
import { type Bucket, type Format, type Percentile, timings } from '../timings.ts';

const LEAVES_OUT = (errors: number) =>
  errors > 0 ? [`oha leaves its ${errors} failed requests out of the times`] : [];

export const oha: Format = {
  id: 'oha',
  read(text) {
    if (!/Success rate:/u.test(text) || !/Response time (?:histogram|distribution):/u.test(text)) return null;
    const statuses = statusesIn(text);
    const errors = errorsIn(text);
    const points = withEnds(text, percentilesIn(text));
    if (points.length < 2) return { ok: false, problem: 'oha got no answer at all: there are no times to look at' };
    return {
      ok: true,
      value: timings({
        format: 'oha',
        tool: 'oha',
        client: 'rust',
        shapes: [{ kind: 'percentiles', phase: null, points, buckets: histogramIn(text) }],
        attempts: answers(statuses) + errors || null,
        failed: badGateway(statuses) + errors,
        untimed: errors,
        statuses,
        remarks: LEAVES_OUT(errors),
      }),
    };
  },
};

export const ohaJson: Format = {
  id: 'oha-json',
  read(text) {
    const report = /^\s*\{/u.test(text) ? parsed(text) : null;
    if (!isFields(report) || !isFields(report['latencyPercentiles'])) return null;
    const statuses = new Map(
      counts(report['statusCodeDistribution']).map(([code, count]) => [Number(code), count] as const),
    );
    const errors = counts(report['errorDistribution']).reduce((sum, [, count]) => sum + count, 0);
    const summary = isFields(report['summary']) ? report['summary'] : {};
    const ends = [
      { rank: 0, seconds: numberIn(summary, 'fastest') },
      { rank: 1, seconds: numberIn(summary, 'slowest') },
    ].flatMap(({ rank, seconds }): Percentile[] => (seconds === null ? [] : [{ rank, ms: seconds * 1000 }]));
    const points = [
      ...counts(report['latencyPercentiles']).map(([name, seconds]) => ({
        rank: Number(name.slice(1)) / 100,
        ms: seconds * 1000,
      })),
      ...ends,
    ]
      .filter(({ rank, ms }) => Number.isFinite(rank) && Number.isFinite(ms))
      .toSorted((a, b) => a.rank - b.rank);
    if (points.length === 0) return { ok: false, problem: 'oha got no answer at all: there are no times to look at' };
    return {
      ok: true,
      value: timings({
        format: 'oha-json',
        tool: 'oha, JSON',
        client: 'rust',
        shapes: [{ kind: 'percentiles', phase: null, points, buckets: bucketsOf(report['responseTimeHistogram']) }],
        attempts: answers(statuses) + errors || null,
        failed: badGateway(statuses) + errors,
        untimed: errors,
        statuses,
        remarks: LEAVES_OUT(errors),
      }),
    };
  },
};

function counts(value: unknown): (readonly [string, number])[] {
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([name, count]) => (typeof count === 'number' ? [[name, count] as const] : []));
}

function bucketsOf(value: unknown): Bucket[] {
  const marks = counts(value)
    .map(([seconds, count]) => ({ ms: Number(seconds) * 1000, count }))
    .toSorted((a, b) => a.ms - b.ms);
  return marks.map(({ ms, count }, index) => ({ aboveMs: marks[index - 1]?.ms ?? 0, toMs: ms, count }));
}

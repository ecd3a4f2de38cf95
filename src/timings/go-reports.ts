/** The shape of hey's report, which oha's follows: percentiles, a histogram, statuses and errors. */
import { linesOf } from './lines.ts';
import { type Bucket, durationMs, type Percentile } from './timings.ts';

/** `  50% in 0.0027 secs`; hey 0.1.5 prints two percent signs, and zeros for percentiles that few samples do not have. */
export function percentilesIn(text: string): Percentile[] {
  return linesOf(text).flatMap((line): Percentile[] => {
    const [, percent, time] = /^(\d+(?:\.\d+)?)%{1,2} in ([\d.]+ ?[a-zµ]+)/u.exec(line) ?? [];
    const ms = time === undefined ? null : durationMs(time);
    const isTold = ms !== null && !(Number(percent) === 0) && ms > 0;
    return isTold ? [{ rank: Number(percent) / 100, ms }] : [];
  });
}

/** `  0.503 [99] |■■■`: as many took at most that long, and longer than the line before. */
export function histogramIn(text: string): Bucket[] {
  const marks = linesOf(text).flatMap((line) => {
    const [, time, unit, count] = /^([\d.]+) ?(secs?|ms|us|µs|s)? ?\[(\d+)\]\s*\|/u.exec(line) ?? [];
    const ms = time === undefined ? null : durationMs(time, unit ?? 's');
    return ms === null ? [] : [{ ms, count: Number(count) }];
  });
  return marks.map(({ ms, count }, index) => ({ aboveMs: marks[index - 1]?.ms ?? 0, toMs: ms, count }));
}

/** `  [200]	98 responses`. */
export function statusesIn(text: string): Map<number, number> {
  return new Map(
    linesOf(text).flatMap((line) => {
      const [, status, count] = /^\[(\d{3})\]\s+(\d+) responses?/u.exec(line) ?? [];
      return status === undefined ? [] : [[Number(status), Number(count)] as const];
    }),
  );
}

/** `  [5]	Get "http://…": context deadline exceeded`: attempts without an answer. */
export function errorsIn(text: string): number {
  const after = text.split(/Error distribution:/u)[1] ?? '';
  return linesOf(after).reduce((sum, line) => sum + Number(/^\[(\d+)\]/u.exec(line)?.[1] ?? 0), 0);
}

/** `  Slowest:	5.0034 secs`. */
export function summaryTime(text: string, name: string): number | null {
  const [, number, unit] = new RegExp(`^\\s*${name}:\\s+([\\d.]+) ?([a-zµ]+)?`, 'mu').exec(text) ?? [];
  return number === undefined ? null : durationMs(number, unit ?? 's');
}

/** Percentiles with the ends that the summary tells. */
export function withEnds(text: string, points: readonly Percentile[]): Percentile[] {
  const [fastest, slowest] = [summaryTime(text, 'Fastest'), summaryTime(text, 'Slowest')];
  return [
    ...(fastest === null ? [] : [{ rank: 0, ms: fastest }]),
    ...points,
    ...(slowest === null || slowest === 0 ? [] : [{ rank: 1, ms: slowest }]),
  ];
}

export function answers(statuses: ReadonlyMap<number, number>): number {
  return [...statuses.values()].reduce((sum, each) => sum + each, 0);
}

export function badGateway(statuses: ReadonlyMap<number, number>): number {
  return [...statuses].reduce((sum, [status, each]) => sum + (status >= 500 ? each : 0), 0);
}

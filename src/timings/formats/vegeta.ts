/** `vegeta report`, as text and as JSON. */
import { found, foundNumber, isFields, numberIn, parsed } from '../lines.ts';
import { durationMs, type Format, type Percentile, type Read, timings } from '../timings.ts';
import { VEGETA_LIMIT_MS, VEGETA_REMARK } from '../vegeta-words.ts';

const NS_PER_MS = 1e6;

export const vegeta: Format = {
  id: 'vegeta',
  read(text) {
    if (/^\s*\{/u.test(text)) return fromJson(text);
    const names = found(text, /^Latencies\s+\[([^\]]+)\]/mu);
    const values = found(text, /^Latencies\s+\[[^\]]+\]\s+(.+)$/mu);
    if (names === null || values === null) return null;
    const times = values.split(/,\s*/u);
    const points = names.split(/,\s*/u).flatMap((name, index) => point(name, durationMs(times[index] ?? '')));
    const codes = [...(found(text, /^Status Codes\s+\[[^\]]+\]\s+(.+)$/mu) ?? '').matchAll(/(\d+):(\d+)/gu)];
    const statuses = new Map(codes.map(([, code, count]) => [Number(code), Number(count)] as const));
    const target = found(text, /^(?:Get|Post|Put|Head) "(https?:\/\/[^"]+)"/mu);
    return report(points, { statuses, target, requests: foundNumber(text, /^Requests\s+\[[^\]]+\]\s+(\d+)/mu) });
  },
};

function fromJson(text: string): Read | null {
  const object = parsed(text);
  if (!isFields(object) || !isFields(object['latencies']) || !isFields(object['status_codes'])) return null;
  const points = Object.entries(object['latencies']).flatMap(([name, ns]) =>
    point(name, typeof ns === 'number' ? ns / NS_PER_MS : null),
  );
  const codes = Object.entries(object['status_codes']);
  const statuses = new Map(
    codes.flatMap(([code, count]) => (typeof count === 'number' ? [[Number(code), count] as const] : [])),
  );
  return report(points, { statuses, target: null, requests: numberIn(object, 'requests') });
}

/** min, mean, 50 or 50th, …, max. */
function point(name: string, ms: number | null): Percentile[] {
  const rank = name === 'min' ? 0 : name === 'max' ? 1 : Number(/^(\d+)(?:th)?$/u.exec(name)?.[1] ?? Number.NaN) / 100;
  return ms === null || !Number.isFinite(rank) ? [] : [{ rank, ms }];
}

function report(
  points: readonly Percentile[],
  {
    statuses,
    target,
    requests,
  }: { statuses: ReadonlyMap<number, number>; target: string | null; requests: number | null },
): Read {
  if (points.length < 2) return { ok: false, problem: 'the report of vegeta has no latencies' };
  const failed = [...statuses].reduce((sum, [status, count]) => sum + (status < 100 || status >= 500 ? count : 0), 0);
  return {
    ok: true,
    value: timings({
      format: 'vegeta',
      tool: 'vegeta report',
      client: 'go',
      shapes: [{ kind: 'percentiles', phase: null, points: points.toSorted((a, b) => a.rank - b.rank) }],
      attempts: requests,
      failed,
      target,
      statuses,
      limitMs: VEGETA_LIMIT_MS,
      remarks: (statuses.get(0) ?? 0) > 0 ? [VEGETA_REMARK] : [],
    }),
  };
}

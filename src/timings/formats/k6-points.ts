/** k6's `--out json` and `--out csv`: one line a figure of a request, in the order in which requests ended. */
import { k6Attempt, K6_LIMIT_MS, K6_REMARK } from '../k6-metrics.ts';
import { csvFields, isFields, linesOf, numberIn, parsed, textIn } from '../lines.ts';
import { endedBy, type Format, ofAttempts, type Read, type TimedAttempt, type Timings } from '../timings.ts';

interface Point {
  readonly metric: string;
  readonly ms: number;
  readonly status: number | null;
  readonly url: string | null;
}

export const k6Json: Format = {
  id: 'k6-json',
  read(text) {
    if (!/^\s*\{/u.test(text) || !text.includes('"http_req_duration"') || !text.includes('"Point"')) return null;
    const points = linesOf(text).flatMap((line): Point[] => {
      const object = parsed(line);
      if (!isFields(object) || object['type'] !== 'Point' || !isFields(object['data'])) return [];
      const { data } = object;
      const tags = isFields(data['tags']) ? data['tags'] : {};
      const [metric, ms] = [textIn(object, 'metric'), numberIn(data, 'value')];
      return metric === null || ms === null
        ? []
        : [{ metric, ms, status: statusOf(textIn(tags, 'status')), url: textIn(tags, 'url') }];
    });
    return fromPoints(points, { format: 'k6-json', tool: 'k6 --out json' });
  },
};

export const k6Csv: Format = {
  id: 'k6-csv',
  read(text) {
    const [header = '', ...lines] = linesOf(text);
    if (!header.startsWith('metric_name,timestamp,metric_value')) return null;
    const names = csvFields(header);
    const [statusAt, urlAt] = [names.indexOf('status'), names.indexOf('url')];
    const points = lines.flatMap((line): Point[] => {
      const fields = csvFields(line);
      const [metric, , value] = fields;
      const ms = Number(value ?? Number.NaN);
      if (metric === undefined || !Number.isFinite(ms)) return [];
      return [{ metric, ms, status: statusOf(fields[statusAt] ?? null), url: fields[urlAt] || null }];
    });
    return fromPoints(points, { format: 'k6-csv', tool: 'k6 --out csv' });
  },
};

function statusOf(text: string | null): number | null {
  return text === null || !/^\d+$/u.test(text) ? null : Number(text);
}

/** The n-th value of each metric belongs to the n-th request: k6 writes all metrics of each. */
function fromPoints(points: readonly Point[], said: Pick<Timings, 'format' | 'tool'>): Read {
  const byMetric = Map.groupBy(points, ({ metric }) => metric);
  const requests = byMetric.get('http_req_duration') ?? [];
  const attempts = requests.flatMap(({ status }, index): TimedAttempt[] => {
    const told = new Map(
      [...byMetric].flatMap(([metric, all]) =>
        all.length === requests.length ? [[metric, all[index]?.ms ?? 0] as const] : [],
      ),
    );
    const one = k6Attempt(told, { ended: endedBy(status), status });
    return one === null ? [] : [one];
  });
  return ofAttempts(attempts, {
    ...said,
    client: 'go',
    target: requests.find(({ url }) => url !== null)?.url ?? null,
    limitMs: K6_LIMIT_MS,
    remarks: [K6_REMARK],
  });
}

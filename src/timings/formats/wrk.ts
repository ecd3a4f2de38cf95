/** wrk's report (and wrk2's). */
import { found, foundNumber, linesOf } from '../lines.ts';
import { durationMs, type Format, type Percentile, timings } from '../timings.ts';

/** wrk 4.1, --timeout: seconds for each answer; what takes longer is counted as `timeout` and left out of the latencies. */
const LIMIT_MS = 2000;

export const wrk: Format = {
  id: 'wrk',
  read(text) {
    if (!/Thread Stats\s+Avg\s+Stdev/u.test(text)) return null;
    const target = found(text, /^Running .+ @ (\S+)/mu);
    const timeouts = foundNumber(text, /Socket errors:.*timeout (\d+)/u) ?? 0;
    const requests = foundNumber(text, /(\d+) requests in /u);
    const points = linesOf(text).flatMap((line): Percentile[] => {
      const [, percent, time = ''] = /^(\d+(?:\.\d+)?)%\s+([\d.]+[a-zµ]+)$/u.exec(line) ?? [];
      const ms = durationMs(time);
      return percent === undefined || ms === null ? [] : [{ rank: Number(percent) / 100, ms }];
    });
    const [, mean = '', most = ''] = /^\s*Latency\s+(\S+)\s+\S+\s+(\S+)/mu.exec(text) ?? [];
    const [meanMs, maxMs] = [durationMs(mean), durationMs(most)];
    const ends = maxMs === null ? [] : [{ rank: 1, ms: maxMs }];
    // Without --latency there is no distribution: the mean stands for the middle.
    const middle = points.length > 0 || meanMs === null ? [] : [{ rank: 0.5, ms: meanMs }];
    if (requests === 0 || (points.length === 0 && ends.length === 0)) {
      return { ok: false, problem: 'wrk completed no request: there are no times to look at' };
    }
    const isBare = points.length === 0;
    return {
      ok: true,
      value: timings({
        format: 'wrk',
        tool: 'wrk',
        client: 'libc',
        shapes: [{ kind: 'percentiles', phase: null, points: [...middle, ...points, ...ends] }],
        attempts: requests,
        failed: timeouts + (foundNumber(text, /Non-2xx or 3xx responses: (\d+)/u) ?? 0),
        untimed: timeouts,
        target,
        limitMs: LIMIT_MS,
        remarks: [
          `wrk leaves answers slower than its limit (--timeout, 2 s) out of the latencies${timeouts > 0 ? `: ${timeouts} here` : ''}`,
          'wrk keeps its connections: what a new connection costs (lookup, connect, TLS) is in few of its times',
          ...(isBare ? ['without --latency wrk tells mean and maximum only: the mean is no attempt of anybody'] : []),
        ],
      }),
    };
  },
};

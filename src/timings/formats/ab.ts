/** ApacheBench's report: whole milliseconds at some percentiles. */
import { found, foundNumber, linesOf } from '../lines.ts';
import { type Format, type Percentile, timings } from '../timings.ts';

/** ab 2.3, -s: seconds to wait for each answer. */
const LIMIT_MS = 30_000;

export const ab: Format = {
  id: 'ab',
  read(text) {
    if (!/This is ApacheBench|Percentage of the requests served within a certain time/u.test(text)) return null;
    const points = linesOf(text).flatMap((line): Percentile[] => {
      const [, percent, ms] = /^(\d{1,3})%\s+(\d+)(?:\s|$)/u.exec(line) ?? [];
      return percent === undefined ? [] : [{ rank: Number(percent) / 100, ms: Number(ms) }];
    });
    if (points.length === 0) {
      const isTimedOut = /apr_pollset_poll|timeout specified has expired/u.test(text);
      const why = isTimedOut
        ? 'ab gave up: a request took longer than its limit (-s, 30 s), and then ab tells no time at all'
        : 'the output of ab has no percentiles: it ended early';
      return { ok: false, problem: why };
    }
    const fastest = foundNumber(text, /^Total:\s+(\d+)/mu);
    const wrong = foundNumber(text, /^Non-2xx responses:\s+(\d+)/mu) ?? 0;
    const lost = foundNumber(text, /^\s*\(Connect: (\d+), /mu) ?? 0;
    const host = found(text, /^Server Hostname:\s+(\S+)/mu);
    return {
      ok: true,
      value: timings({
        format: 'ab',
        tool: 'ab',
        client: 'libc',
        shapes: [
          {
            kind: 'percentiles',
            phase: null,
            points: fastest === null ? points : [{ rank: 0, ms: fastest }, ...points],
          },
        ],
        attempts: foundNumber(text, /^Complete requests:\s+(\d+)/mu),
        failed: wrong + lost,
        target: host,
        limitMs: LIMIT_MS,
        remarks: [
          'ab stops without any report at the first request that exceeds its limit (-s, 30 s): slower ones cannot be seen',
        ],
      }),
    };
  },
};

/** hey's report. */
import { answers, badGateway, errorsIn, histogramIn, percentilesIn, statusesIn, withEnds } from '../go-reports.ts';
import { type Format, timings } from '../timings.ts';

/** hey 0.1, -t: seconds for each request. */
const LIMIT_MS = 20_000;
/** Below this many answers hey 0.1.5 prints `0%% in 0.0000 secs` for percentiles that it does not have. */
const ENOUGH = 100;

export const hey: Format = {
  id: 'hey',
  read(text) {
    if (!/Latency distribution:|Response time histogram:[\s\S]*DNS\+dialup/u.test(text) || /Success rate/u.test(text))
      return null;
    const statuses = statusesIn(text);
    const errors = errorsIn(text);
    const answered = answers(statuses);
    const points = withEnds(text, percentilesIn(text));
    if (points.length === 0 || /Average:\s+NaN/u.test(text)) {
      return {
        ok: false,
        problem: 'hey got no answer at all: it keeps no time of failed requests, so there is nothing to look at',
      };
    }
    return {
      ok: true,
      value: timings({
        format: 'hey',
        tool: 'hey',
        client: 'go',
        shapes: [{ kind: 'percentiles', phase: null, points, buckets: histogramIn(text) }],
        attempts: answered + errors || null,
        failed: badGateway(statuses) + errors,
        untimed: errors,
        statuses,
        limitMs: LIMIT_MS,
        remarks: [
          'the fastest and slowest that hey prints for DNS+dialup are those of the whole answer: only its average is of dialing',
          ...(errors > 0 ? [`hey leaves its ${errors} failed requests out of the times`] : []),
          ...(answered < ENOUGH
            ? ['hey prints zeros for percentiles that fewer than 100 answers do not have: left out']
            : []),
        ],
      }),
    };
  },
};

/** `vegeta report -type hist[…]`: buckets of one's own choice. */
import { linesOf } from '../lines.ts';
import { type Bucket, durationMs, type Format, timings } from '../timings.ts';
import { VEGETA_LIMIT_MS } from '../vegeta-words.ts';

const LINE = /^\[([^,\]]+),\s*([^\]]+)\]\s+(\d+)\s+[\d.]+%/u;

export const vegetaHist: Format = {
  id: 'vegeta-hist',
  read(text) {
    if (!/^\s*\[[^\]]*,[^\]]*\]\s+\d/mu.test(text)) return null;
    const buckets = linesOf(text).flatMap((line): Bucket[] => {
      const [, from = '', to = '', count] = LINE.exec(line) ?? [];
      const [low, high] = [durationMs(from), /\+Inf/u.test(to) ? Number.POSITIVE_INFINITY : durationMs(to)];
      return count === undefined || low === null || high === null
        ? []
        : [{ aboveMs: low, toMs: high, count: Number(count) }];
    });
    if (buckets.length === 0) return null;
    const attempts = buckets.reduce((sum, { count }) => sum + count, 0);
    if (attempts === 0) return { ok: false, problem: 'all buckets of the histogram are empty' };
    return {
      ok: true,
      value: timings({
        format: 'vegeta-hist',
        tool: 'vegeta, histogram',
        client: 'go',
        shapes: [{ kind: 'buckets', phase: null, buckets }],
        attempts,
        limitMs: VEGETA_LIMIT_MS,
      }),
    };
  },
};

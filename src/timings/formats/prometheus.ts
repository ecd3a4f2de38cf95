/** A histogram in Prometheus' text exposition: cumulative `_bucket` series, added up over all labels but `le`. */
import type { Phase } from '../../../probes/wire.ts';
import { linesOf } from '../lines.ts';
import { type Bucket, type Format, timings } from '../timings.ts';

const SERIES = /^([a-zA-Z_:][\w:]*)_bucket\{(.*)\}\s+([\d.e+]+)/u;
const LE = /(?:^|,)\s*le="([^"]+)"/u;

export const prometheus: Format = {
  id: 'prometheus',
  read(text) {
    if (!text.includes('_bucket{')) return null;
    const metrics = new Map<string, Map<number, number>>();
    for (const line of linesOf(text)) {
      const [, name = '', labels = '', value] = SERIES.exec(line) ?? [];
      const le = LE.exec(labels)?.[1];
      if (le === undefined || value === undefined) continue;
      const bounds = metrics.get(name) ?? new Map<number, number>();
      metrics.set(name, bounds);
      const bound = /inf/iu.test(le) ? Number.POSITIVE_INFINITY : Number(le);
      bounds.set(bound, (bounds.get(bound) ?? 0) + Number(value));
    }
    const [name, bounds] = [...metrics].toSorted(([, a], [, b]) => total(b) - total(a))[0] ?? [];
    if (name === undefined || bounds === undefined) return null;
    const attempts = total(bounds);
    if (attempts === 0) return { ok: false, problem: `${name}: the histogram is empty` };
    const others = [...metrics.keys()].filter((each) => each !== name);
    return {
      ok: true,
      value: timings({
        format: 'prometheus',
        tool: `Prometheus histogram ${name}`,
        shapes: [{ kind: 'buckets', phase: phaseOf(name), buckets: bucketsOf(bounds, unitOf(name)) }],
        attempts,
        remarks: [
          'a histogram counts since its process started: old trouble is in it too (the difference of two scrapes has none)',
          ...(others.length > 0 ? [`left out: ${others.length} other histograms with fewer observations`] : []),
        ],
      }),
    };
  },
};

function total(bounds: ReadonlyMap<number, number>): number {
  return Math.max(0, ...bounds.values());
}

function bucketsOf(bounds: ReadonlyMap<number, number>, unitMs: number): Bucket[] {
  const sorted = [...bounds].toSorted(([a], [b]) => a - b);
  return sorted.map(([le, count], index) => {
    const [below = 0, before = 0] = sorted[index - 1] ?? [];
    return { aboveMs: below * unitMs, toMs: le * unitMs, count: Math.max(0, count - before) };
  });
}

function unitOf(name: string): number {
  return /(?:milliseconds|_ms|millis)$/u.test(name) ? 1 : 1000;
}

function phaseOf(name: string): Phase | null {
  if (/dns/u.test(name)) return 'dns';
  if (/connect(?:ion)?_(?:time|duration|seconds)|upstream_cx_connect/u.test(name)) return 'connect';
  return null;
}

/** Axes that the charts share: durations on a log scale, in pixels. */
import { scaleLog, type ScaleLogarithmic } from 'd3-scale';
import type { Charted } from './charted.ts';

/** From a tenth of a millisecond, below which no probe can tell anything, to what no attempt of a real run takes. */
const LOWEST_MS = 0.1;
const HIGHEST_MS = 100_000;
/** Ends of the scale that are always shown, so that charts of different runs compare; 20 s is beyond the limit of an attempt. */
const USUAL_MS = [1, 20_000] as const;

/** Around all durations; what lies outside is drawn at the edge. */
export function durationScale({ paths }: Charted, range: readonly [number, number]): ScaleLogarithmic<number, number> {
  const all = paths.flatMap(({ attempts }) => attempts.map(({ sample }) => sample.totalMs)).filter((ms) => ms > 0);
  const least = Math.max(
    LOWEST_MS,
    all.reduce((low, ms) => Math.min(low, ms), USUAL_MS[0]),
  );
  const most = all.reduce((high, ms) => Math.max(high, ms), USUAL_MS[1]);
  return scaleLog([10 ** Math.floor(Math.log10(least)), Math.min(HIGHEST_MS, most)], range).clamp(true);
}

/** The powers of ten on a scale. */
export function decades(scale: ScaleLogarithmic<number, number>): number[] {
  const [low = 1, high = 1] = scale.domain();
  const count = Math.floor(Math.log10(high / low) + 1e-9);
  return Array.from({ length: count + 1 }, (_, step) => Number((low * 10 ** step).toPrecision(1)));
}

/** Never at 0, where a log scale has no place. */
export function atLeast(ms: number): number {
  return ms > LOWEST_MS ? ms : LOWEST_MS;
}

/** A coordinate with a tenth of a pixel. */
export function px(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : 0;
}

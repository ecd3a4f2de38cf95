/** Axes that the charts share: durations on a log scale, in pixels. */
import { scaleLog, type ScaleLogarithmic } from 'd3-scale';
import type { Charted } from './charted.ts';

/** From a tenth of a millisecond, below which no probe can tell anything, to beyond the limit of an attempt (16.7 s). */
const LOWEST_MS = 0.1;
const HIGHEST_MS = 100_000;
/** Ends of the scale that are always shown, so that charts of different runs compare. */
const USUAL_MS = [1, 10_000] as const;

/** Whole decades around all durations; what lies outside is drawn at the edge. */
export function durationScale({ paths }: Charted, range: readonly [number, number]): ScaleLogarithmic<number, number> {
  const all = paths.flatMap(({ shots }) => shots.map(({ sample }) => sample.totalMs)).filter((ms) => ms > 0);
  const low = decade(Math.min(...USUAL_MS, ...all), Math.floor);
  const high = decade(Math.max(...USUAL_MS, ...all), Math.ceil);
  return scaleLog([Math.max(LOWEST_MS, low), Math.min(HIGHEST_MS, high)], range).clamp(true);
}

/** The decades of a scale. */
export function decades(scale: ScaleLogarithmic<number, number>): number[] {
  const [low = 1, high = 1] = scale.domain();
  const count = Math.round(Math.log10(high / low));
  return Array.from({ length: count + 1 }, (_, step) => Number((low * 10 ** step).toPrecision(1)));
}

/** Never at 0, where a log scale has no place. */
export function atLeast(ms: number): number {
  return ms > LOWEST_MS ? ms : LOWEST_MS;
}

function decade(ms: number, round: (value: number) => number): number {
  return 10 ** round(Math.log10(atLeast(ms)));
}

/** A coordinate with a tenth of a pixel. */
export function px(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : 0;
}

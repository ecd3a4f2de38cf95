/** Modes of a set of durations on the log scale: "3 ms, or 5.0 s". */
import type { Mode, Attempt } from './evidence.ts';

/** Milliseconds of scheduling noise on a busy machine: below this, ratios mean nothing (0.3 ms and 2 ms are one mode). */
const NOISE_MS = 10;
/** The smallest distance between two modes; the smallest timer worth telling apart is the 40 ms delayed ACK. */
const SMALLEST_GAP_MS = 30;
/**
 * The smallest ratio between two modes. One kernel timer of 1 s may fire between 0.99 and 1.13 s (ratio 1.14), and the
 * closest neighbours of one series are 5 and 6 s (1.2), then the 4.1 and 5.1 s of the SYN schedule.
 */
const SMALLEST_RATIO = 1.18;
/** A gap splits when it is this many times the usual one, so that an application that takes 0.2 to 0.8 s stays one mode. */
const UNUSUAL = 3;
/** A gap of this size always splits: half of the one-second grid on which retry timers stand. */
const CERTAIN_GAP_MS = 500;

/** An attempt with the duration to look at, milliseconds. */
export interface Timed {
  readonly ms: number;
  readonly attempt: Attempt;
}

/** Splits durations into modes, fastest first; every value belongs to exactly one. Nothing gives no mode. */
export function modesOf(timed: readonly Timed[]): readonly Mode[] {
  const sorted = timed.filter(({ ms }) => Number.isFinite(ms) && ms >= 0).toSorted((a, b) => a.ms - b.ms);
  const modes: Mode[] = [];
  let start = 0;
  for (const end of [...modeStarts(sorted.map(({ ms }) => ms)), sorted.length]) {
    if (end > start) modes.push(mode(sorted.slice(start, end), sorted.length));
    start = end;
  }
  return modes;
}

/** Indices at which a new mode begins, of milliseconds in ascending order. */
export function modeStarts(sorted: readonly number[]): number[] {
  const scaled = sorted.map((ms) => Math.log(ms + NOISE_MS));
  const gaps = scaled.slice(1).map((value, index) => value - (scaled[index] ?? value));
  const ordered = gaps.toSorted((a, b) => a - b);
  return gaps.flatMap((gap, index) => {
    const low = sorted[index] ?? 0;
    const high = sorted[index + 1] ?? 0;
    if (high - low < SMALLEST_GAP_MS || high < low * SMALLEST_RATIO) return [];
    const splits = high - low >= CERTAIN_GAP_MS || gap >= UNUSUAL * usualGap(ordered, gap);
    return splits ? [index + 1] : [];
  });
}

/** The median of all gaps but this one; none when there is no other. */
function usualGap(ordered: readonly number[], own: number): number {
  const others = ordered.length - 1;
  if (others < 1) return 0;
  const middle = (others - 1) >> 1;
  const rank = ordered.indexOf(own);
  return ordered[rank <= middle ? middle + 1 : middle] ?? 0;
}

function mode(values: readonly Timed[], of: number): Mode {
  const middle = values.reduce((sum, { ms }) => sum + Math.log(Math.max(ms, Number.MIN_VALUE)), 0) / values.length;
  return {
    ms: Math.exp(middle),
    lowestMs: values[0]?.ms ?? 0,
    highestMs: values.at(-1)?.ms ?? 0,
    share: values.length / of,
    attempts: values.map(({ attempt }) => attempt),
  };
}

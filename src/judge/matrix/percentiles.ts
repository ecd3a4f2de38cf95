/** Numbers of a cell: percentiles by nearest rank, so each is a time that was measured; rounded to microseconds. */
import type { MatrixCell } from '../../model/matrix.ts';
import type { Proportion } from '../evidence/evidence.ts';
import { quantile } from '../evidence/median.ts';

/** null of nothing. */
export function percentilesOf(times: readonly number[]): MatrixCell['roundTrip'] {
  if (times.length === 0) return null;
  const at = (share: number) => round(quantile(times, share));
  return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99) };
}

export function sharesOf({ share, interval }: Proportion): MatrixCell['lost'] {
  return { share: round(share), interval: [round(interval[0]), round(interval[1])] };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

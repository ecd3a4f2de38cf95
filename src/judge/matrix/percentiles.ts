/** Numbers of a cell: percentiles by nearest rank, so each is a time that was measured; rounded to microseconds. */
import type { MatrixCell } from '../../model/matrix.ts';
import type { Proportion } from '../evidence/evidence.ts';
import { quantile } from '../evidence/median.ts';
import { thousandths } from '../../model/thousandths.ts';

/** null of nothing. */
export function percentilesOf(times: readonly number[]): MatrixCell['roundTrip'] {
  if (times.length === 0) return null;
  const at = (share: number) => thousandths(quantile(times, share));
  return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99) };
}

export function sharesOf({ share, interval }: Proportion): MatrixCell['lost'] {
  return { share: thousandths(share), interval: [thousandths(interval[0]), thousandths(interval[1])] };
}

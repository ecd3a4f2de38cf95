/** The values of a timer in words, for what is read by people. */
import { duration, list } from '../../model/format.ts';
import type { Delay, Timer } from './timer.ts';

/** Longer series go on in the same way. */
const MOST = 6;

/** Nothing is known: the defaults. */
const UNKNOWN: Delay = {
  ms: 0,
  phase: null,
  outcome: null,
  synRetransmissions: null,
  counters: null,
  sysctls: {},
  controller: null,
};

/** By default values: 5.0 s, 10.0 s and 15.0 s; anywhere from 2.0 s to 3.0 s. */
export function valuesOf(timer: Timer): string {
  const series = timer.series(UNKNOWN).map((ms) => duration(ms));
  const range = timer.between?.(UNKNOWN);
  const anywhere = range === undefined ? [] : [`anywhere from ${duration(range[0])} to ${duration(range[1])}`];
  const steps =
    series.length > MOST
      ? [`${series.slice(0, MOST).join(', ')} and so on`]
      : series.length > 0
        ? [list(series, MOST)]
        : [];
  return [...anywhere, ...steps].join(', or ');
}

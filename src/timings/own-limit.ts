/** Times at which the client itself gave up: they say how long it waited, not why. Pure. */
import { duration } from '../model/format.ts';
import type { SeenMode } from './seen-modes.ts';
import type { Timings } from './timings.ts';

/** What people give as limit, seconds. */
const USUAL_S = [1, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 45, 60, 90, 120];
/** A client is late by a timer's tick and its own bookkeeping. */
const LATE_MS = 30;
const LATE_SHARE = 0.005;

/** Whether a mode is what the client's own limit, known to us, left of attempts that would have gone on. */
export function isOwnLimit(mode: SeenMode, { limitMs }: Timings): boolean {
  return limitMs !== null && mode.outcome !== 'answered' && mode.outcome !== 'mixed' && endsAt(mode, limitMs);
}

/** One line each for what is, or may be, cut off. */
export function ownLimitRemarks(modes: readonly SeenMode[], timings: Timings): string[] {
  const known = modes.filter((mode) => isOwnLimit(mode, timings));
  if (known.length > 0) {
    const at = duration(timings.limitMs ?? 0);
    return [
      `${at} is the client’s own limit: those attempts were cut off there, so their value names no timer; a longer limit shows more`,
    ];
  }
  const slowest = modes.at(-1);
  if (slowest === undefined || !slowest.isSlow || slowest.outcome === 'answered' || slowest.outcome === 'mixed')
    return [];
  const round = USUAL_S.find((seconds) => endsAt(slowest, seconds * 1000));
  if (round === undefined || (slowest.count ?? 2) < 2) return [];
  const which = slowest.outcome === 'failed' ? 'these attempts failed: ' : 'if these attempts failed, ';
  return [
    `${which}${round} s may be the client’s own limit (curl --max-time, -m; a library’s timeout): another limit would move it`,
  ];
}

function endsAt({ lowestMs, highestMs }: SeenMode, limitMs: number): boolean {
  return lowestMs >= limitMs - 1 && highestMs <= limitMs * (1 + LATE_SHARE) + LATE_MS;
}

/** Words that the pages of a history share. */
import { duration } from '../../model/format.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Up to here the smaller unit says more. */
const MOST_OF_A_UNIT = 2;

/** ISO 8601 to the minute, for a column that is headed UTC. */
export function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** How long something lasted: 40 s, 90 min, 26 h, 12 d; nothing where only its beginning is known. */
export function span(fromIso: string, untilIso: string): string {
  const ms = Math.max(0, Date.parse(untilIso) - Date.parse(fromIso));
  if (ms === 0) return '';
  if (ms < MOST_OF_A_UNIT * MINUTE_MS) return duration(ms);
  if (ms < MOST_OF_A_UNIT * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return ms < MOST_OF_A_UNIT * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} d`;
}

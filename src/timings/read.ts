/** Text that somebody pasted → timings: the format is recognised by itself. Pure. */
import { formats } from './formats/index.ts';
import type { Timings } from './timings.ts';

/** What is recognised, for the line that says that nothing was. */
export const KNOWN =
  'a column of seconds, curl -w, time, ab, hey, k6, vegeta, wrk, oha, ping, fping and a Prometheus histogram';

/** null: it is none of the formats. A problem is one line. */
export function readTimings(text: string): { ok: true; value: Timings } | { ok: false; problem: string } | null {
  const plain = text.replace(/^\ufeff/u, '').replaceAll(/\u001b\[[0-9;]*m/gu, '');
  for (const format of formats) {
    const read = format.read(plain);
    if (read !== null) return read;
  }
  return null;
}

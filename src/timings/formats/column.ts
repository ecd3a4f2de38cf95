/** A plain column of times, one a line; what stands in front of the number (`time:`, `real`, a count) may be there or not. */
import { linesOf } from '../lines.ts';
import { attempt, durationMs, type Format, ofAttempts, type TimedAttempt } from '../timings.ts';

const VALUE = /^([\w .#/-]*[=:]\s*)?["']?(\d+(?:[.,]\d+)?)\s*(ns|us|µs|ms|s|secs?|seconds?)?["']?,?$/iu;
/** From here on a number cannot be seconds: nobody's client waits for an answer that long. */
const LONGEST_SECONDS = 400;
/** Of so many lines at least this share must be numbers, the rest is a header or a remark. */
const LEAST_SHARE = 0.8;

export const column: Format = {
  id: 'column',
  read(text) {
    const lines = linesOf(text.replaceAll(/[;\t]/gu, '\n'));
    const found = lines.map((line) => VALUE.exec(line));
    const rows = found.flatMap((match) =>
      match === null ? [] : [{ label: labelOf(match[1]), value: match[2] ?? '', unit: match[3] ?? null }],
    );
    if (new Set(rows.map(({ label }) => label)).size > 1) return null;
    if (rows.length === 0 || rows.length < LEAST_SHARE * (lines.length - 1)) return null;
    const headerSaysMs = lines.some((line, index) => found[index] === null && /\bms\b|milli/iu.test(line));
    const unit = headerSaysMs ? 'ms' : unitOf(rows);
    const attempts = rows.flatMap(({ value, unit: own }): TimedAttempt[] => {
      const ms = durationMs(value, own ?? unit);
      return ms === null ? [] : [attempt(ms)];
    });
    const isTold = headerSaysMs || rows.every(({ unit: own }) => own !== null);
    const word = unit === 'ms' ? 'milliseconds' : 'seconds';
    return ofAttempts(attempts, {
      format: 'column',
      tool: `a column of ${isTold ? 'times' : word}`,
      remarks: isTold ? [] : [`read as ${word}: a unit behind each number (5.0s, 5003ms) says otherwise`],
    });
  },
};

/** Whole numbers that are large are milliseconds, and so is everything in a list with a number too large for seconds. */
function unitOf(rows: readonly { readonly value: string; readonly unit: string | null }[]): 's' | 'ms' {
  const bare = rows.filter(({ unit }) => unit === null).map(({ value }) => value);
  const largest = bare.reduce((most, value) => Math.max(most, Number(value.replace(',', '.'))), 0);
  const isWhole = bare.every((value) => /^\d+$/u.test(value));
  return largest > LONGEST_SECONDS || (isWhole && largest >= 200) ? 'ms' : 's';
}

/** Of one column all labels are the same, but for a count in them. */
function labelOf(text: string | undefined): string {
  return (text ?? '').replaceAll(/\d+/gu, '').trim();
}

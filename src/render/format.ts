/** How numbers look. The only place that turns measured numbers into words; everything else passes numbers along. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** From here on minutes read better than seconds; below it the plateaus of TCP (67 s) are known by their seconds. */
const MINUTES_FROM_MS = 2 * MINUTE_MS;

/** `0.4 ms`, `3 ms`, `212 ms`, `1.02 s`, `5.0 s`, `67.9 s`, `2 min 11 s`; `unknown` for what is no duration. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return 'unknown';
  if (ms < 0.05) return ms === 0 ? '0 ms' : '<0.1 ms';
  if (ms < 0.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < MINUTES_FROM_MS - 50) return `${seconds(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS - 500) return twoUnits(Math.round(ms / SECOND_MS), ['min', 's']);
  return twoUnits(Math.round(ms / MINUTE_MS), ['h', 'min']);
}

/** `50 %`, `0.4 %`; never 0 % for what happened, never 100 % while something did not. */
export function share(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  return `${percent(value)} %`;
}

/** `5 of 10`. */
export function countOf(count: number, of: number): string {
  return `${count} of ${of}`;
}

/** `0 to 26 %`: both ends of an interval of shares. */
export function interval([low, high]: readonly [number, number]): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return 'unknown';
  return `${percent(low)} to ${percent(high)} %`;
}

/** `1 path`, `14 paths`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Two decimals while they tell something (1.02), but 5.0 rather than 5.00; one decimal from 10 s on. */
function seconds(value: number): string {
  if (value >= 9.995) return value.toFixed(1);
  const text = value.toFixed(2);
  return text.endsWith('0') ? text.slice(0, -1) : text;
}

function twoUnits(count: number, [large, small]: readonly [string, string]): string {
  const rest = count % 60;
  const whole = `${Math.floor(count / 60)} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

function percent(value: number): string {
  const hundredfold = value * 100;
  if (hundredfold <= 0) return '0';
  if (hundredfold < 0.1) return '<0.1';
  if (hundredfold >= 100) return '100';
  if (hundredfold > 99.9) return '>99.9';
  return hundredfold < 0.95 || hundredfold > 99.05 ? hundredfold.toFixed(1) : hundredfold.toFixed(0);
}

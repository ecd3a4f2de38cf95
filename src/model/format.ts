/** The only place that turns numbers into words, for verdicts and renderers alike. */

/** A duration in milliseconds with three significant digits at most: 0.4 ms, 3 ms, 212 ms, 1.02 s, 5.0 s, 2 min. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  if (ms < 0.95) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 999.5) return `${ms < 9.95 ? trim(ms.toFixed(1)) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 2) return `${seconds.toFixed(2)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(1)} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** A share from 0 to 1: 50 %, 3.5 %. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? trim(value.toFixed(1)) : Math.round(value)} %`;
}

/** Both ends of an interval of shares: 0 to 28 %. */
export function interval([low, high]: readonly [number, number]): string {
  return `${percent(low).replace(' %', '')} to ${percent(high)}`;
}

/** 1 connect, 5 connects. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** a, b and c; at most `most` of them, then how many more. */
export function list(items: readonly string[], most = 4): string {
  const shown = items.length > most ? [...items.slice(0, most - 1), `${items.length - most + 1} more`] : items;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

function trim(text: string): string {
  return text.replace(/\.0$/, '');
}

/** A round duration as scales name it: 0.1 ms, 100 ms, 1 s, 10 s. */
export function tick(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

/** As URLs and tools write it: an IPv6 address in brackets (RFC 3986, 3.2.2). */
export function atPort(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** How long glibc's resolver waits for silent servers, from /etc/resolv.conf. */
import type { Delay } from './timer.ts';

/** RES_TIMEOUT and RES_DFLRETRY, seconds and passes (glibc resolv/resolv.h); it uses three servers at most (MAXNS). */
const TIMEOUT_S = 5;
const ATTEMPTS = 2;
const MOST_SERVERS = 3;
/** Upper limits of the options (resolv.conf(5)). */
const LONGEST_TIMEOUT_S = 30;
const MOST_ATTEMPTS = 5;
/** An external name is tried with three cluster suffixes and then as it is: four times the same wait. */
const CANDIDATES = 4;

/** Milliseconds after which an answer comes when silent servers or lost answers delay it, ascending. */
export function resolverSeries(resolver: Delay['resolver']): readonly number[] {
  const [first = TIMEOUT_S, ...rest] = waits(resolver);
  const withinOnePass = rest.map((_, index) => first + rest.slice(0, index + 1).reduce((sum, wait) => sum + wait, 0));
  const repeated = Array.from({ length: CANDIDATES }, (_, index) => first * (index + 1));
  return [...new Set([...repeated, ...withinOnePass])].toSorted((a, b) => a - b).map((seconds) => seconds * 1000);
}

/** Milliseconds after which one name is given up when all servers are silent: 10 s with one, 20 with two, 28 with three. */
export function resolverTotal(resolver: Delay['resolver']): number {
  const attempts = option(resolver, 'attempts', ATTEMPTS, MOST_ATTEMPTS);
  return waits(resolver).reduce((sum, wait) => sum + wait, 0) * attempts * 1000;
}

/** Seconds for each server of one pass: `timeout << index`, from the second server on divided by their number, at least 1 (res_send.c). */
function waits(resolver: Delay['resolver']): number[] {
  const timeout = option(resolver, 'timeout', TIMEOUT_S, LONGEST_TIMEOUT_S);
  const servers = Math.min(MOST_SERVERS, Math.max(1, resolver?.servers.length ?? 1));
  return Array.from({ length: servers }, (_, index) => {
    const shifted = timeout * 2 ** index;
    return Math.max(1, index === 0 ? shifted : Math.floor(shifted / servers));
  });
}

function option(resolver: Delay['resolver'], name: string, fallback: number, most: number): number {
  const text = resolver?.options.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1);
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : fallback;
}

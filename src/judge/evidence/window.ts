/** How far from its nominal value a timer may be seen. */

/** Timers fire late, not early; 10 ms covers the rounding of clocks. */
const EARLY_MS = 10;
/**
 * The kernel's timer wheel was measured 0.3 to 7 % late (HZ=250, Linux 6.18: 1.003 to 1.028 s, 7.12 to 7.25 s); 8 % and 50 ms hold
 * them all. User-space timers are tighter (0.6 %) but wait for a CPU on a busy node, so they have the same window.
 */
const LATE_SHARE = 0.08;
const LATE_MS = 50;

/** Lowest and highest milliseconds at which a timer of this nominal value counts as seen. */
export function windowOf(nominalMs: number): readonly [number, number] {
  return [nominalMs - EARLY_MS, nominalMs * (1 + LATE_SHARE) + LATE_MS];
}

/** Whether a measured time can be this timer's. */
export function isWithin(ms: number, nominalMs: number): boolean {
  const [low, high] = windowOf(nominalMs);
  return ms >= low && ms <= high;
}

/** Whether a measured time lies between two values, with the slack of either. */
export function isBetween(ms: number, [low, high]: readonly [number, number]): boolean {
  return ms >= windowOf(low)[0] && ms <= windowOf(high)[1];
}

/** Proportions with honest small-sample intervals. */
import type { Proportion } from './evidence.ts';

/** Two-sided 95 % point of the standard normal distribution. */
const Z = 1.959964;

/**
 * Wilson score interval at 95 %: unlike the textbook interval it is right for 0 of 5 and 5 of 5 (Wilson, 1927).
 * Nothing tried is nothing known: [0, 1].
 */
export function wilson(count: number, of: number): readonly [number, number] {
  if (of <= 0) return [0, 1];
  const share = count / of;
  const spread = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  const middle = share + (Z * Z) / (2 * of);
  const scale = 1 + (Z * Z) / of;
  const low = count === 0 ? 0 : (middle - spread) / scale;
  const high = count === of ? 1 : (middle + spread) / scale;
  return [Math.max(0, low), Math.min(1, high)];
}

/** `count` of `of`; the share of nothing is 0, with an interval that says that nothing is known. */
export function proportion(count: number, of: number): Proportion {
  return { count, of, share: of > 0 ? count / of : 0, interval: wilson(count, of) };
}

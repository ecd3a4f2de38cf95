/** Numbers that look random and are the same each time, so that a recording is always redacted alike. Pure. */

/** From 0 up to, not including, `below`. */
export type Random = (below: number) => number;

/** A linear congruential generator (Numerical Recipes, 2nd edition, 7.1): nothing secret rests on it, for it never sees what it replaces. */
export function randomFrom(seed: number): Random {
  let state = (seed + 1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits repeat soon.
    return Math.floor(((state >>> 8) / 2 ** 24) * below);
  };
}

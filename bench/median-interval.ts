/** Between which two of these values the median of what they were drawn from lies, whatever its distribution: order statistics of a fair coin. Pure. */

/** In how many of a hundred cases the interval may miss it, on each side. */
const MISSES = 0.025;

/** At 95 %; of fewer than six values all of them. */
export function medianInterval(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((one, other) => one - other);
  const place = lowerPlace(sorted.length);
  return [sorted[place] ?? Number.NaN, sorted[sorted.length - 1 - place] ?? Number.NaN];
}

/** The largest place from below of which a fair coin, thrown so often, shows heads no more often than that in at most 2.5 %. */
function lowerPlace(count: number): number {
  let [chance, sum, place] = [0.5 ** count, 0, 0];
  for (let heads = 0; heads < count / 2; heads += 1) {
    sum += chance;
    if (sum > MISSES) return place;
    place = heads;
    chance *= (count - heads) / (heads + 1);
  }
  return place;
}

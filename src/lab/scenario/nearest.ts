/** "Did you mean": the one known name nearest to a mistyped one. */
import { closest, distance } from 'fastest-levenshtein';

/** null where nothing known is near, so that no hint leads astray. */
export function nearest(asked: string, known: readonly string[]): string | null {
  if (asked === '' || known.length === 0) return null;
  const found = closest(asked, known);
  return distance(asked, found) <= Math.max(2, asked.length / 2) ? found : null;
}

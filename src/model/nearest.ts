/** "Did you mean": the known names nearest to a mistyped one. */
import { distance } from 'fastest-levenshtein';

/** Three are enough to choose from in one line. */
const MOST = 3;

/** The known names near to the one asked for, best first: at most three, and none that only shares a letter or two. */
export function nearestNames(asked: string, known: Iterable<string>): string[] {
  const wanted = asked.toLowerCase();
  return [...new Set(known)]
    .map((name) => ({ name, edits: editsBetween(wanted, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= Math.max(2, wanted.length / 2))
    .toSorted((a, b) => a.edits - b.edits || likeness(b.name, wanted) - likeness(a.name, wanted))
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** A hint: the nearest names, or the first few known ones, or `nothing` where there are none. */
export function suggest(asked: string, known: Iterable<string>, nothing: string): string {
  const names = [...new Set(known)].toSorted();
  const near = nearestNames(asked, names);
  if (near.length > 0) return `did you mean ${near.join(', ')}?`;
  if (names.length === 0) return nothing;
  return `known are ${names.slice(0, MOST).join(', ')}${names.length > MOST ? ` and ${names.length - MOST} more` : ''}`;
}

/** A name that begins the other is one edit away, however long the rest: `shop` means `shop.example.com`. */
function editsBetween(a: string, b: string): number {
  if (a === b) return 0;
  return a.length >= 3 && (b.startsWith(a) || a.startsWith(b)) ? 1 : distance(a, b);
}

/** Of equally many edits, the same first letter is likelier: that one is seldom mistyped. */
function likeness(name: string, wanted: string): number {
  return name[0]?.toLowerCase() === wanted[0] ? 1 : 0;
}

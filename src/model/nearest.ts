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

/** All of them, those with the fewest edits first. */
export function nearestFirst(asked: string, known: readonly string[]): string[] {
  return known.toSorted((a, b) => distance(a, asked) - distance(b, asked));
}

/** From this length on a word may have two letters wrong, and is still no other word. */
const LONG_WORD = 6;

/**
 * The one word mistyped: one letter wrong, two in a long word, two that changed places, or the other case. Stricter than a hint, for it
 * accuses: another number is another thing (v1 is not v2), and a longer name is another name.
 */
export function isTypoOf(written: string, meant: string): boolean {
  const [a, b] = [written.toLowerCase(), meant.toLowerCase()];
  if (a === b) return true;
  if (a.replaceAll(/\d/g, '') === b.replaceAll(/\d/g, '')) return false;
  const edits = distance(a, b);
  const most = Math.min(a.length, b.length) >= LONG_WORD ? 2 : 1;
  return edits <= most || (edits === 2 && lettersOf(a) === lettersOf(b));
}

function lettersOf(word: string): string {
  return [...word].toSorted().join('');
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

/**
 * Other words for those of a recording: made of syllables, in the same order (lists in a verdict are sorted), and as unlike each other as
 * the originals were, but for words of which one is the other mistyped: these stay so. No word is made from the one that it replaces. Pure.
 */
import { distance } from 'fastest-levenshtein';
import { isTypoOf } from '../model/nearest.ts';
import type { Random } from './random.ts';

export interface WordsAsked {
  /** Each once. */
  readonly words: readonly string[];
  /** Words that stay, and are sorted among them. */
  readonly anchors: readonly string[];
  /** Words that the judge looks for slips in, those that stay among them. */
  readonly compared: ReadonlySet<string>;
  isTaken(word: string): boolean;
}

const CONSONANTS = 'bdfgklmnprstvz';
/** Without e, few of the words that come out are English. */
const VOWELS = 'aiou';
const SYLLABLES = 4;
/** Of words that are no slips of each other. */
const LEAST_EDITS = 3;
/** Beyond so many words each is held only against those that the judge compares: it takes the square of their number. */
const MOST_COMPARED = 1500;
/** A gap between two words that stay may hold hardly any word of syllables. */
const TRIES_A_WORD = 60;

export function otherWords(asked: WordsAsked, random: Random): ReadonlyMap<string, string> {
  const words = asked.words.toSorted(byUnits);
  const anchors = [...new Set(asked.anchors)].toSorted(byUnits);
  const fresh = freshWords(asked, random);
  const given = new Map<string, string>();
  let low = '';
  for (const high of [...anchors, null]) {
    const between = words.filter((word) => word > low && (high === null || word < high));
    const made = fresh(between.length, low, high);
    for (const [at, word] of between.entries()) given.set(word, made[at] ?? '');
    low = high ?? low;
  }
  return withSlips(given, asked, random);
}

/** So many words between two others, in order. */
function freshWords({ words, isTaken }: WordsAsked, random: Random) {
  const used = new Set<string>();
  const isUnlike = (word: string) =>
    words.length > MOST_COMPARED ? !used.has(word) : [...used].every((other) => distance(other, word) >= LEAST_EDITS);
  return (count: number, low: string, high: string | null): string[] => {
    const made = new Set<string>();
    for (let left = count * TRIES_A_WORD; left > 0 && made.size < count; left -= 1) {
      const word = syllables(random);
      if (word <= low || (high !== null && word >= high) || isTaken(word) || !isUnlike(word)) continue;
      made.add(word);
      used.add(word);
    }
    while (made.size < count) {
      const word = lettersBetween(low, high, random);
      if (isTaken(word) || used.has(word)) continue;
      made.add(word);
      used.add(word);
    }
    return [...made].toSorted(byUnits);
  };
}

function syllables(random: Random): string {
  return Array.from({ length: SYLLABLES }, () => `${pick(CONSONANTS, random)}${pick(VOWELS, random)}`).join('');
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** What numbers count to exactly: 27 to the tenth is below 2 to the 53rd. */
const PLACES = 10;

/** Letters at random between two words; where nothing fits between them, after the first. */
function lettersBetween(low: string, high: string | null, random: Random): string {
  const from = valueOf(low) + 1;
  const room = Math.max((high === null ? 27 ** PLACES : valueOf(high)) - from, 27 ** 4);
  let value = from + Math.floor((random(2 ** 24) / 2 ** 24 + random(2 ** 24) / 2 ** 48) * room);
  let word = '';
  for (let place = 0; place < PLACES; place += 1) {
    const digit = value % 27;
    word = `${digit === 0 ? 'a' : LETTERS[digit - 1]}${word}`;
    value = Math.floor(value / 27);
  }
  return word;
}

function valueOf(word: string): number {
  return Array.from({ length: PLACES }, (_, at) => LETTERS.indexOf(word[at] ?? '') + 1).reduce(
    (sum, digit) => sum * 27 + digit,
    0,
  );
}

/** Where one word is another mistyped, its replacement is the other's, mistyped likewise. */
function withSlips(
  given: ReadonlyMap<string, string>,
  { compared, isTaken }: WordsAsked,
  random: Random,
): ReadonlyMap<string, string> {
  const all = new Map(given);
  const used = new Set(given.values());
  const known = [...compared].toSorted(byUnits);
  for (const word of known) {
    const right = known.find((other) => isSlip(word, other) && (other < word || !given.has(other)));
    if (right === undefined || !given.has(word)) continue;
    const slip = slipOf(all.get(right) ?? right, { word, right }, (made) => !isTaken(made) && !used.has(made), random);
    if (slip === null) continue;
    used.add(slip);
    all.set(word, slip);
  }
  return all;
}

function isSlip(word: string, other: string): boolean {
  // Most pairs are told apart by their length alone.
  return word !== other && Math.abs(word.length - other.length) <= 2 && isTypoOf(word, other);
}

/** `base` with as many letters wrong as `word` has of `right`, on the same side of it in the order where there is such a word. */
function slipOf(
  base: string,
  { word, right }: { readonly word: string; readonly right: string },
  isFree: (made: string) => boolean,
  random: Random,
): string | null {
  const edits = distance(word, right);
  const wrong = edits > 1 ? oneLetterWrong(base).flatMap((each) => oneLetterWrong(each)) : oneLetterWrong(base);
  const fitting = wrong.filter((made) => distance(made, base) === edits && isTypoOf(made, base) && isFree(made));
  const inOrder = fitting.filter((made) => made < base === word < right);
  const from = inOrder.length > 0 ? inOrder : fitting;
  return from[random(from.length)] ?? null;
}

/** A letter at the end left out or another; at the end, so that the order among others stays. */
function oneLetterWrong(word: string): string[] {
  const places = [1, 2, 3].map((back) => word.length - back).filter((place) => place > 0);
  return places.flatMap((place) => {
    const [before, after] = [word.slice(0, place), word.slice(place + 1)];
    return [`${before}${after}`, ...CONSONANTS.split('').map((letter) => `${before}${letter}${after}`)];
  });
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function pick(letters: string, random: Random): string {
  return letters.charAt(random(letters.length));
}

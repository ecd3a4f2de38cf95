/** Commands that people paste into a shell. */

/** Characters that no POSIX shell gives a meaning in the middle of a word. */
const PLAIN = /^[\w@%+=:,./-]+$/u;

/** One argument, quoted where a shell would otherwise read something into it. */
export function shellWord(argument: string): string {
  return PLAIN.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

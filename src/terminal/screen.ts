/** What a stream can show: colours, UTF-8, width. */
import type { Writable } from 'node:stream';
import type { PageOptions } from '../render/page.ts';

/** A stream that may be a terminal. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export type Environment = Readonly<Record<string, string | undefined>>;

/** For pipes and files: readable when pasted, and the same whoever reads it. */
const DEFAULT_WIDTH = 80;

/** How pages for this stream are to be laid out. */
export function pageOptions(screen: Screen, env: Environment): PageOptions {
  return { width: width(screen, env), colour: hasColour(screen, env), unicode: speaksUnicode(env) };
}

/** A terminal that reports no columns (serial console, `docker run -t` at start) says 0. */
function width(screen: Screen, env: Environment): number {
  if (screen.isTTY === true && screen.columns !== undefined && screen.columns > 0) return screen.columns;
  const columns = Number(env['COLUMNS']);
  return Number.isInteger(columns) && columns > 0 ? columns : DEFAULT_WIDTH;
}

/** FORCE_COLOR wins over NO_COLOR (no-color.org: a flag or variable of the user's own may), both over what the stream is. */
function hasColour(screen: Screen, env: Environment): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined && force !== '0' && force !== 'false') return true;
  if ((env['NO_COLOR'] ?? '') !== '' || force !== undefined) return false;
  return screen.isTTY === true && env['TERM'] !== 'dumb';
}

/**
 * The locale says it (POSIX: LC_ALL before LC_CTYPE before LANG). Where none is set, as in most containers, what reads
 * the output is UTF-8 all the same, but for the Linux console and `dumb`.
 */
function speaksUnicode(env: Environment): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  if (locale !== undefined) return /utf-?8/iu.test(locale);
  return env['TERM'] !== 'linux' && env['TERM'] !== 'dumb';
}

/** Laying out lines on a page of a given width: wrapping, labels, right-aligned words, columns. Width is in terminal cells. */
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { asciiOnly, cleanLine, cleanLines } from './clean.ts';

export interface PageOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
  /** false: plain ASCII. */
  readonly unicode: boolean;
}

/** Narrower than this, wrapping makes text unreadable; wider than that, eyes lose the line. */
const NARROWEST = 40;
const WIDEST = 132;
const INDENT = '  ';
const GAP = '  ';

export type Paint = ReturnType<typeof picocolors.createColors>;
/** Colours one already laid-out line. */
export type Brush = (line: string) => string;

export interface Page {
  readonly width: number;
  readonly paint: Paint;
  /** Harmless one-line text in the page's character set. Everything printed passes here or through `block`. */
  text(raw: string): string;
  /** Harmless lines, unwrapped, for what people paste. */
  block(raw: string): string[];
}

export function openPage(options: PageOptions): Page {
  const narrow = options.unicode ? (text: string) => text : asciiOnly;
  return {
    width: Math.max(NARROWEST, Math.min(WIDEST, Math.floor(options.width) || NARROWEST)),
    paint: picocolors.createColors(options.colour),
    text: (raw) => narrow(cleanLine(raw)),
    block: (raw) => cleanLines(raw).map(narrow),
  };
}

/** Breaks plain text into lines of at most `width` cells; words that are longer are cut. */
export function wrap(text: string, width: number): string[] {
  return wrapAnsi(text, Math.max(8, width), { hard: true, trim: false })
    .split('\n')
    .map((line, index) => (index === 0 ? line.trimEnd() : line.trim()))
    .filter((line, index) => index === 0 || line !== '');
}

/** `left` wrapped, with `right` at the right margin of its first line. */
export function headline(page: Page, ends: { left: string; right: string }, brush: Brush): string[] {
  const right = page.text(ends.right);
  const lines = wrap(page.text(ends.left), page.width - stringWidth(right) - GAP.length);
  return lines.map((line, index) => {
    if (index > 0) return brush(INDENT + line);
    const room = ' '.repeat(Math.max(GAP.length, page.width - stringWidth(line) - stringWidth(right)));
    return right === '' ? brush(line) : brush(line) + room + page.paint.bold(right);
  });
}

/** Items side by side while they fit, each kept whole where it can be. */
export function flow(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const item of items) {
    const joined = current === '' ? item : `${current}${GAP}${item}`;
    if (stringWidth(joined) <= width) {
      current = joined;
      continue;
    }
    if (current !== '') lines.push(current);
    const wrapped = wrap(item, width);
    lines.push(...wrapped.slice(0, -1));
    current = wrapped.at(-1) ?? '';
  }
  return current === '' ? lines : [...lines, current];
}

/** Left-aligned columns; the last cell of a row is not padded. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, stringWidth(cell))));
  }
  return rows.map((row) =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

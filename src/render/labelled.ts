/** The body of a verdict: a column of short labels, and beside each what there is to say about it. */
import stringWidth from 'string-width';
import { flow, type Page, pad, wrap } from './page.ts';

/**
 * `items` are statements, each on lines of its own; with `inline` they stand side by side where each
 * fits on a line, with `verbatim` they are
 * never broken. `block` follows, unwrapped.
 */
export interface Section {
  readonly label: string;
  readonly items: readonly string[];
  readonly inline?: boolean;
  readonly verbatim?: boolean;
  readonly block?: string;
}

const INDENT = 2;
const GAP = 2;
/** A longer label stands on a line of its own, or it would push all text to the right. */
const WIDEST_LABEL = 14;

/** Lays out sections with one common label column. Empty sections vanish. */
export function labelled(page: Page, sections: readonly Section[]): string[] {
  const shown = sections.filter(({ items, block }) => items.length > 0 || block !== undefined);
  const widths = shown.map(({ label }) => stringWidth(page.text(label))).filter((width) => width <= WIDEST_LABEL);
  const column = Math.max(0, ...widths) + GAP;
  return shown.flatMap((section) => layOut(page, section, column));
}

function layOut(page: Page, section: Section, column: number): string[] {
  const margin = ' '.repeat(INDENT);
  const label = page.text(section.label);
  const body = textOf(page, section, page.width - INDENT - column).map((line) => margin + ' '.repeat(column) + line);
  const painted = margin + page.paint.cyan(label);
  const [first, ...rest] = body;
  if (first === undefined) return [painted];
  if (stringWidth(label) + GAP > column) return [painted, ...body];
  return [margin + page.paint.cyan(label) + pad('', column - stringWidth(label)) + first.trimStart(), ...rest];
}

function textOf(page: Page, section: Section, width: number): string[] {
  const items = section.items.map((item) => page.text(item));
  const lines = arranged(items, section, width);
  const block =
    section.block === undefined ? [] : page.block(section.block).map((line) => (line === '' ? '' : `  ${line}`));
  return [...lines, ...block];
}

function arranged(items: readonly string[], { inline, verbatim }: Section, width: number): readonly string[] {
  if (verbatim === true) return items;
  const isShort = items.every((item) => stringWidth(item) <= width);
  return inline === true && isShort ? flow(items, width) : items.flatMap((item) => hanging(item, width));
}

/** Continued lines are indented, so that one sees where the next statement begins. */
function hanging(item: string, width: number): string[] {
  const [first = '', ...rest] = wrap(item, width - 2);
  return [first, ...rest.map((line) => `  ${line}`)];
}

/** A table whose last column takes what room is left. */
import stringWidth from 'string-width';
import { columns, type Page, wrap } from '../page.ts';

/** Of the last column, less than this says nothing. */
const NARROWEST_LAST = 20;
const GAP = 2;

export interface Table {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Heads of columns that a narrow page can do without, the least telling first. */
  readonly dispensable: readonly string[];
}

/** Long last cells continue on lines of their own. */
export function table(page: Page, { heads, rows, dispensable }: Table): string[] {
  const all = [heads, ...rows.map((row) => row.map(page.text))];
  const chosen = [...dispensable.keys(), dispensable.length].map((number) =>
    all.map((row) => row.filter((_, index) => !dispensable.slice(0, number).includes(heads[index] ?? ''))),
  );
  const fitting = chosen.find((each) => page.width - indentOf(each) >= NARROWEST_LAST) ?? chosen.at(-1) ?? [];
  const indent = indentOf(fitting);
  const laidOut = columns(fitting.map((row) => [...row.slice(0, -1), '|'])).map((line) => line.slice(0, -1));
  const lines = fitting.flatMap((row, index) => {
    const [first = '', ...more] = wrap(row.at(-1) ?? '', page.width - indent);
    return [`${laidOut[index] ?? ''}${first}`.trimEnd(), ...more.map((line) => ' '.repeat(indent) + line)];
  });
  const [header = '', ...body] = lines;
  return [page.paint.bold(header), ...body];
}

/** Where the last column begins. */
function indentOf(rows: readonly (readonly string[])[]): number {
  const [head = []] = rows;
  const widths = head.slice(0, -1).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))));
  return widths.reduce((sum, width) => sum + width + GAP, 0);
}

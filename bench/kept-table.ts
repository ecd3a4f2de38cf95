/** A table that docs/performance.md keeps between two markers, and what a later run may differ from it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

/** Puts a table in the place of the one that is kept under this name. */
export function keepTable(name: string, table: string): void {
  const [begin, end] = markers(name);
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`docs/performance.md has no place for ${name}`);
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n${table.trim()}\n${page.slice(to)}`);
}

/** Its rows, head first, each as its cells. */
export function keptRows(name: string): string[][] {
  const [begin, end] = markers(name);
  const page = readFileSync(PAGE, 'utf8');
  const lines = page
    .slice(page.indexOf(begin) + begin.length, page.indexOf(end))
    .trim()
    .split('\n');
  return lines
    .filter((line) => !line.startsWith('| ---'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function markers(name: string): [string, string] {
  return [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
}

/** A busy machine and few rounds make much difference; more than this is the program's. */
const MOST_TIMES = 2;

/**
 * Where a row of this run is more than twice as large as the kept one, in all of these columns that there are: a peer that was lucky once is no reason. Rows are known by their first
 * `keys` cells; what is kept of none, or is not measured here, is passed over.
 */
export function grown(
  name: string,
  [head = [], ...rows]: readonly string[][],
  columns: readonly string[],
  keys: number,
): string[] {
  const [keptHead = [], ...kept] = keptRows(name);
  return rows.flatMap((row) => {
    const key = row.slice(0, keys).join(' ');
    const before = kept.find((each) => each.slice(0, keys).join(' ') === key);
    const both = columns
      .map((column) => ({
        column,
        now: Number(row[head.indexOf(column)]),
        kept: Number(before?.[keptHead.indexOf(column)]),
      }))
      .filter(({ now, kept }) => Number.isFinite(now) && Number.isFinite(kept));
    const isGrown = both.length > 0 && both.every(({ now, kept }) => now > MOST_TIMES * kept);
    return isGrown
      ? both.map(({ column, now, kept }) => `${key}: ${column} is ${now}, in docs/performance.md ${kept}`)
      : [];
  });
}

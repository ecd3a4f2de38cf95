/** The matrix as a picture of characters: rows are sources, columns destinations. Everything it says it says without colour as well. */
import stringWidth from 'string-width';
import { duration } from '../../model/format.ts';
import type { PathHealth } from '../../model/path-health.ts';
import type { MatrixCell } from '../../model/matrix.ts';
import type { Brush, Page } from '../page.ts';
import { flow, pad } from '../page.ts';
import { type Grid, latencyOf } from './grid.ts';

/** Latency from the quickest to the slowest node pair, on a log scale; ASCII terminals get digits. */
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** The scale spans at least this ratio, so that 0.4 and 0.5 ms do not look like day and night. */
const LEAST_SPAN = 16;
const ITSELF = '\\';
const NOT_ASKED = ' ';
const LONGEST_NAME = 28;
const SHORTEST_NAME = 8;

/** null: it does not fit this page. */
export function heatMap(page: Page, grid: Grid): string[] | null {
  const { nodes } = grid;
  const digits = String(nodes.length).length;
  const longest = Math.max(SHORTEST_NAME, ...nodes.map(({ name }) => stringWidth(page.text(name))));
  const width = (cell: number, name: number) => 2 + name + 1 + digits + 1 + columnsOf(grid, cell);
  const fitting = [2, 1].flatMap((cell) => {
    const name = Math.min(LONGEST_NAME, longest, longest + page.width - width(cell, longest));
    return name >= Math.min(SHORTEST_NAME, longest) ? [{ cell, name }] : [];
  });
  const [layout] = fitting;
  if (layout === undefined) return null;
  const scale = scaleOf(grid);
  const paintCell = painter(page, scale);
  const margin = ' '.repeat(2 + layout.name + 1 + digits + 1);
  const header = Array.from({ length: digits }, (_, place) =>
    `${margin}${joined(grid, layout.cell, (at) => digitAt(at + 1, { place, digits }))}`.trimEnd(),
  );
  const rows = nodes.flatMap(({ name }, row) => {
    const label = `  ${pad(cut(page.text(name), layout.name), layout.name)} ${String(row + 1).padStart(digits)} `;
    const cells = joined(grid, layout.cell, (at) => {
      const to = nodes[at]?.name ?? '';
      return name === to ? page.paint.dim(ITSELF) : paintCell(grid.at(name, to));
    });
    return [...border(page, grid, { row, margin: margin.length, cell: layout.cell }), (label + cells).trimEnd()];
  });
  return [...header.map((line) => page.paint.dim(line)), ...rows, ...legend(page, grid, scale)];
}

/** Where the zone changes: its name, and a line. Nothing in a cluster without zones. */
function border(page: Page, grid: Grid, at: { row: number; margin: number; cell: number }): string[] {
  const zone = grid.nodes[at.row]?.zone ?? null;
  const isNew = at.row === 0 || grid.nodes[at.row - 1]?.zone !== zone;
  if (!isNew || new Set(grid.nodes.map((node) => node.zone)).size < 2) return [];
  const name = cut(page.text(zone ?? '(no zone)'), at.margin - 3);
  return [page.paint.dim(pad(`  ${name} `, at.margin) + page.text('─').repeat(columnsOf(grid, at.cell)))];
}

/** Columns with a bar where the zone changes. */
function joined(grid: Grid, cell: number, at: (column: number) => string): string {
  return grid.nodes
    .map((node, column) => {
      const isBorder = column > 0 && grid.nodes[column - 1]?.zone !== node.zone;
      return `${isBorder ? `|${' '.repeat(cell - 1)}` : ''}${at(column)}${' '.repeat(cell - 1)}`;
    })
    .join('');
}

function columnsOf({ nodes }: Grid, cell: number): number {
  const borders = nodes.filter(({ zone }, column) => column > 0 && nodes[column - 1]?.zone !== zone).length;
  return (nodes.length + borders) * cell - (cell - 1);
}

function digitAt(number: number, { place, digits }: { place: number; digits: number }): string {
  return String(number).padStart(digits)[place] ?? ' ';
}

function cut(name: string, width: number): string {
  if (stringWidth(name) <= width) return name;
  const half = Math.floor((width - 1) / 2);
  return `${name.slice(0, width - 1 - half)}~${name.slice(name.length - half)}`;
}

interface Scale {
  readonly lowMs: number;
  readonly highMs: number;
}

function scaleOf({ cells }: Grid): Scale {
  const times = cells.map(latencyOf).filter((ms) => ms !== null && ms > 0) as number[];
  const lowMs = times.length === 0 ? 1 : Math.min(...times);
  return { lowMs, highMs: Math.max(lowMs * LEAST_SPAN, ...times) };
}

function level({ lowMs, highMs }: Scale, ms: number): number {
  const share = Math.log(Math.max(ms, lowMs) / lowMs) / Math.log(highMs / lowMs);
  return Math.min(LEVELS.length - 1, Math.floor(share * LEVELS.length));
}

/** One character a cell: its state, and where it is well how long it takes. */
function painter(page: Page, scale: Scale): (cell: MatrixCell | null) => string {
  const { paint } = page;
  const isAscii = page.text(LEVELS[0]) !== LEVELS[0];
  return (cell) => {
    if (cell === null) return NOT_ASKED;
    const sign = SIGNS[cell.state];
    if (sign !== null) return sign.brush(page)(page.text(sign.text));
    const step = level(scale, latencyOf(cell) ?? 0);
    return paint.green(isAscii ? String(step + 1) : (LEVELS[step] ?? ''));
  };
}

const SIGNS: Readonly<Record<PathHealth, { text: string; brush: (page: Page) => Brush } | null>> = {
  good: null,
  slow: {
    text: 'S',
    brush:
      ({ paint }) =>
      (line) =>
        paint.bold(paint.yellow(line)),
  },
  lossy: {
    text: '!',
    brush:
      ({ paint }) =>
      (line) =>
        paint.bold(paint.magenta(line)),
  },
  broken: {
    text: '✗',
    brush:
      ({ paint }) =>
      (line) =>
        paint.bold(paint.red(line)),
  },
  unmeasured: {
    text: '?',
    brush:
      ({ paint }) =>
      (line) =>
        paint.dim(line),
  },
};
const WORDS = { slow: 'slow', lossy: 'lossy', broken: 'no answer', unmeasured: 'not measured' } as const;

/** What is in this picture, and nothing else. */
function legend(page: Page, grid: Grid, scale: Scale): string[] {
  const there = new Set(grid.cells.map(({ state }) => state));
  const isAscii = page.text(LEVELS[0]) !== LEVELS[0];
  const ends = isAscii ? ['1', '8'] : [LEVELS[0], LEVELS.at(-1) ?? ''];
  const asked = grid.cells.length;
  const items = [
    page.text('down: from, across: to'),
    ...(there.has('good')
      ? [page.text(`${ends[0]} ${duration(scale.lowMs)} to ${ends[1]} ${duration(scale.highMs)} (p50)`)]
      : []),
    ...(['slow', 'lossy', 'broken', 'unmeasured'] as const).flatMap((state) =>
      there.has(state) ? [page.text(`${SIGNS[state]?.text} ${WORDS[state]}`)] : [],
    ),
    ...(asked < grid.nodes.length * (grid.nodes.length - 1) ? ['blank: not asked'] : []),
  ];
  return flow(items, page.width - 2).map((line) => page.paint.dim(`  ${line}`));
}

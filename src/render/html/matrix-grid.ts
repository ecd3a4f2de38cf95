/** The latency matrix as a grid of cells: which nodes are shown, what each cell says, and which shade it has. No markup here. */
import { duration, interval, percent } from '../../model/format.ts';
import type { PathHealth } from '../../model/path-health.ts';
import type { MatrixCell, MatrixReport, Network } from '../../model/matrix.ts';
import { HEAT_STEPS } from './style-heat.ts';

/** 16,384 cells: what a browser lays out in well under a second. Beyond, the nodes with the worst cells are shown. */
const MOST_NODES = 128;
/** Up to here a cell has room for its number. */
const MOST_NODES_WITH_NUMBERS = 24;
/** A shade spans a factor, counted from the median of all cells: noise stays one shade, and a doubling is seen. */
const STEP_RATIOS = [0.67, 1.5, 3, 6, 12] as const;

export interface GridCell {
  /** What stands in the cell: a number or a sign. */
  readonly text: string;
  /** Classes of its look. */
  readonly look: string;
  /** All that is known, in one line. */
  readonly facts: string;
}

export interface Grid {
  readonly nodes: MatrixReport['nodes'];
  readonly leftOut: number;
  readonly isCompact: boolean;
  /** Rows are where a probe starts, columns where it goes. */
  readonly rows: readonly (readonly GridCell[])[];
  /** Lower and upper end of each shade, in milliseconds; null where nothing was answered. */
  readonly shadesMs: readonly (readonly [number, number])[] | null;
}

export function gridOf(report: MatrixReport, network: Network): Grid {
  const cells = report.cells.filter((cell) => cell.network === network);
  const nodes = shownNodes(report.nodes, cells);
  const names = new Set(nodes.map(({ name }) => name));
  const shown = cells.filter(({ from, to }) => names.has(from) && names.has(to));
  const byPair = new Map(shown.map((cell) => [pairOf(cell.from, cell.to), cell]));
  const medianMs = median(cells.flatMap((cell) => valueOf(cell) ?? []));
  const rows = nodes.map(({ name: from }) =>
    nodes.map(({ name: to }) => gridCell({ from, to, cell: byPair.get(pairOf(from, to)) ?? null, medianMs })),
  );
  return {
    nodes,
    leftOut: report.nodes.length - nodes.length,
    isCompact: nodes.length > MOST_NODES_WITH_NUMBERS,
    rows,
    shadesMs: medianMs === null ? null : shadesOf(medianMs),
  };
}

/** The duration that a cell is coloured by: the round trip, or the connect where there is none. */
export function valueOf({ roundTrip, connect }: MatrixCell): number | null {
  return (roundTrip ?? connect)?.p50Ms ?? null;
}

/** Everything that is known of a cell, for eyes and for ears. */
export function cellFacts(cell: MatrixCell): string {
  const parts = [
    ...(cell.connect === null ? [] : [`connect ${percentilesOf(cell.connect)}`]),
    ...(cell.roundTrip === null ? [] : [`round trip ${percentilesOf(cell.roundTrip)}`]),
    `lost ${Math.round(cell.lost.share * cell.attempts)} of ${cell.attempts} (${interval(cell.lost.interval)})`,
    ...(cell.mtuBytes === null ? [] : [`MTU ${cell.mtuBytes}`]),
  ];
  return cell.attempts === 0 ? cell.state : `${cell.state}; ${parts.join('; ')}`;
}

export function percentilesOf({ p50Ms, p90Ms, p99Ms }: NonNullable<MatrixCell['connect']>): string {
  return `p50 ${duration(p50Ms)}, p90 ${duration(p90Ms)}, p99 ${duration(p99Ms)}`;
}

const BADNESS: Readonly<Record<PathHealth, number>> = { broken: 4, lossy: 3, slow: 2, unmeasured: 1, good: 0 };

/** The worst cells first. */
export function worstCells(cells: readonly MatrixCell[]): MatrixCell[] {
  return cells
    .filter(({ state }) => state !== 'good')
    .toSorted(
      (a, b) =>
        BADNESS[b.state] - BADNESS[a.state] || b.lost.share - a.lost.share || (valueOf(b) ?? 0) - (valueOf(a) ?? 0),
    );
}

/** All where they fit, else those with the worst cells; always in the order of the report. */
function shownNodes(nodes: MatrixReport['nodes'], cells: readonly MatrixCell[]): MatrixReport['nodes'] {
  if (nodes.length <= MOST_NODES) return nodes;
  const badness = new Map<string, number>();
  for (const { from, to, state } of cells) {
    for (const name of [from, to]) badness.set(name, (badness.get(name) ?? 0) + BADNESS[state]);
  }
  const kept = nodes.toSorted((a, b) => (badness.get(b.name) ?? 0) - (badness.get(a.name) ?? 0)).slice(0, MOST_NODES);
  return nodes.filter((node) => kept.includes(node));
}

interface Pair {
  readonly from: string;
  readonly to: string;
  readonly cell: MatrixCell | null;
  readonly medianMs: number | null;
}

function gridCell({ from, to, cell, medianMs }: Pair): GridCell {
  const nodePair = `${from} → ${to}`;
  if (cell === null) {
    const isSelf = from === to;
    return {
      text: isSelf ? '·' : '',
      look: isSelf ? 'self' : 'none',
      facts: `${nodePair}: ${isSelf ? 'the same node' : 'not asked'}`,
    };
  }
  const value = valueOf(cell);
  const shade = value === null || medianMs === null ? '' : `h${stepOf(value / medianMs)}`;
  const number = value === null ? '' : duration(value).replace(' ms', '');
  const text = {
    good: number,
    slow: `◆ ${number}`,
    lossy: `◐ ${percent(cell.lost.share)}`,
    broken: '✕',
    unmeasured: '–',
  }[cell.state];
  const look = cell.state === 'good' ? shade : cell.state === 'slow' ? `${shade} slow` : cell.state;
  return { text, look, facts: `${nodePair}: ${cellFacts(cell)}` };
}

function stepOf(ratio: number): number {
  const step = STEP_RATIOS.findIndex((bound) => ratio < bound);
  return step === -1 ? HEAT_STEPS - 1 : step;
}

function shadesOf(medianMs: number): [number, number][] {
  const bounds = [0, ...STEP_RATIOS, Number.POSITIVE_INFINITY].map((ratio) => ratio * medianMs);
  return Array.from({ length: HEAT_STEPS }, (_, step) => [
    bounds[step] ?? 0,
    bounds[step + 1] ?? Number.POSITIVE_INFINITY,
  ]);
}

function median(values: readonly number[]): number | null {
  const sorted = values.filter((value) => value > 0).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function pairOf(from: string, to: string): string {
  return JSON.stringify([from, to]);
}

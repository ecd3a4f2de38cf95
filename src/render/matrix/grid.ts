/** One network of a report as rows and columns. */
import type { MatrixCell, MatrixReport, Network } from '../../model/matrix.ts';

export interface Grid {
  readonly network: Network;
  readonly nodes: MatrixReport['nodes'];
  readonly cells: readonly MatrixCell[];
  /** null: not asked; a node and itself always. */
  at(from: string, to: string): MatrixCell | null;
}

export function gridOf(report: MatrixReport, network: Network): Grid {
  const cells = report.cells.filter((cell) => cell.network === network);
  const known = new Map(cells.map((cell) => [`${cell.from}\n${cell.to}`, cell]));
  return { network, nodes: report.nodes, cells, at: (from, to) => known.get(`${from}\n${to}`) ?? null };
}

/** What a cell is coloured by: connect and answer together, as far as there are both. */
export function latencyOf({ connect, roundTrip }: MatrixCell): number | null {
  if (connect === null && roundTrip === null) return null;
  return (connect?.p50Ms ?? 0) + (roundTrip?.p50Ms ?? 0);
}

/** The middle of these, 0 of nothing. */
export function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

export const isBad = ({ state }: MatrixCell): boolean => state === 'broken' || state === 'lossy' || state === 'slow';

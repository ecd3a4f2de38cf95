/** The reports of several rounds → one. Pure. */
import type { MatrixCell, MatrixReport } from '../../model/matrix.ts';
import type { Verdict } from '../../model/verdict.ts';

/** The later, the more it says of the whole. */
const GRAVITY = ['healthy', 'inconclusive', 'faulty'] as const satisfies readonly Verdict['status'][];

/** The gravest verdict, of equals the latest; the node pairs of all rounds; the design of the last, which speaks for all of them. At least one. */
export function joinRounds(reports: readonly MatrixReport[]): MatrixReport {
  const [first, ...others] = reports;
  if (first === undefined) throw new RangeError('no round was measured');
  const last = others.at(-1) ?? first;
  const gravest = others.reduce((one, other) => (gravityOf(other) >= gravityOf(one) ? other : one), first);
  return { ...gravest, design: last.design, cells: cellsOf(reports) };
}

function gravityOf({ verdict }: MatrixReport): number {
  return GRAVITY.indexOf(verdict.status);
}

/** A node pair that came twice is told as it was worse. */
function cellsOf(reports: readonly MatrixReport[]): MatrixCell[] {
  const cells = new Map<string, MatrixCell>();
  for (const cell of reports.flatMap((report) => report.cells)) {
    const key = `${cell.network}\n${cell.from}\n${cell.to}`;
    const before = cells.get(key);
    if (before === undefined || before.state === 'good' || before.state === 'unmeasured') cells.set(key, cell);
  }
  return [...cells.values()];
}

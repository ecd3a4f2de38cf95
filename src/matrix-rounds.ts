/** `kprobe matrix --rounds`: one matrix after another, each over other node pairs, until a round finds something. */
import { randomBytes } from 'node:crypto';
import { joinRounds } from './judge/matrix/rounds.ts';
import { matrix } from './matrix.ts';
import type { Measured } from './matrix.ts';
import type { MatrixReport } from './model/matrix.ts';
import type { MatrixRequest } from './model/request.ts';

/** The recording is that of the round whose verdict it is. */
export async function matrixRounds(request: MatrixRequest): Promise<Measured> {
  const { from, to } = request.rounds;
  const seed = request.series ?? randomBytes(4).toString('hex');
  const reports: MatrixReport[] = [];
  let told: Measured | null = null as Measured | null;
  for (let number = from; number <= to; number += 1) {
    const measured = await matrix({ ...request, round: { seed, number } });
    reports.push(measured.report);
    const report = joinRounds(reports);
    // Of many nodes a recording is large: only one is kept.
    const { recording } = told === null || report.verdict === measured.report.verdict ? measured : told;
    told = { report, recording };
    // Where all node pairs are measured a round more measures nothing new.
    if (report.verdict.status === 'faulty' || report.design.kind === 'full' || request.signal?.aborted === true) break;
  }
  return told ?? matrix(request);
}

/** Recording → the report of a matrix: the verdict of the same judge, and beside it every node pair in numbers. Pure. */
import { MATRIX_SCHEMA } from '../../model/matrix.ts';
import type { MatrixDesign, MatrixProtocol, MatrixReport, Network } from '../../model/matrix.ts';
import type { Recording } from '../../model/recording.ts';
import { examine } from '../judge.ts';
import type { Judgement } from '../judge.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { cellsOf } from './cells.ts';
import { dnsRows } from './dns-rows.ts';

/** What a recording does not say of itself. */
export interface MatrixFacts {
  readonly protocol: MatrixProtocol;
  readonly sizeBytes: number;
  readonly networks: readonly Network[];
  readonly design: MatrixDesign;
  /** In the order of rows and columns. */
  readonly nodes: readonly { readonly name: string; readonly zone: string | null }[];
}

/** Node pairs are told as cells; as paths only those that lost something, and so many of them. */
const MOST_PATHS = 200;

export function examineMatrix(recording: Recording): Judgement {
  return examine(recording, troubled);
}

/** `judgement`: where it was made already. */
export function matrixReport(
  recording: Recording,
  facts: MatrixFacts,
  { verdict, evidence }: Judgement = examineMatrix(recording),
): MatrixReport {
  return {
    schema: MATRIX_SCHEMA,
    verdict,
    protocol: facts.protocol,
    sizeBytes: facts.sizeBytes,
    nodes: facts.nodes.map(({ name, zone }) => ({ name, zone })),
    networks: [...facts.networks],
    design: facts.design,
    cells: cellsOf(evidence),
    dns: dnsRows(evidence),
  };
}

function troubled(paths: Evidence['paths']): Evidence['paths'] {
  const isTrial = ({ path }: PathEvidence) => path.to.kind === 'agent' && !path.userFacing;
  return paths
    .filter((path) => path.state !== 'open' && path.state !== 'unmeasured' && !isTrial(path))
    .slice(0, MOST_PATHS);
}

/** The list of renderers of a matrix: report → text, and nothing else. The page in HTML is loaded by itself (html/matrix-page.ts). */
import type { MatrixReport } from '../../model/matrix.ts';
import { renderJson } from '../json.ts';
import { renderMatrixCsv } from './csv.ts';
import { renderMatrixTerminal } from './terminal.ts';
import type { RenderOptions } from '../options.ts';

type MatrixRenderer = (report: MatrixReport, options: RenderOptions) => string;

export const matrixRenderers = {
  terminal: renderMatrixTerminal,
  json: renderJson,
  csv: renderMatrixCsv,
} as const satisfies Record<string, MatrixRenderer>;

/** What `--output` takes, besides `html`. */
export type MatrixOutput = keyof typeof matrixRenderers;

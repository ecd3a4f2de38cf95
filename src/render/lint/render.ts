/** A lint report → text. */
import type { LintReport } from '../../model/lint.ts';
import { renderJson } from '../json.ts';
import { renderLintJunit } from './junit.ts';
import { renderLintMarkdown } from './markdown.ts';
import { renderSarif } from './sarif.ts';
import { renderLintTerminal } from './terminal.ts';
import type { LintRenderOptions } from './options.ts';

export type LintOutput = 'terminal' | 'json' | 'junit' | 'markdown' | 'sarif';
export const LINT_OUTPUTS: readonly LintOutput[] = ['terminal', 'json', 'junit', 'markdown', 'sarif'];

export const lintRenderers: Readonly<Record<LintOutput, (report: LintReport, options: LintRenderOptions) => string>> = {
  terminal: renderLintTerminal,
  json: renderJson,
  junit: renderLintJunit,
  markdown: renderLintMarkdown,
  sarif: renderSarif,
};

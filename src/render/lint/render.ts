/** A lint report → text. */
import type { LintReport } from '../../model/lint.ts';
import { renderJson } from '../json.ts';
import type { PageOptions } from '../page.ts';
import { renderLintJunit } from './junit.ts';
import { renderLintMarkdown } from './markdown.ts';
import { renderSarif } from './sarif.ts';
import { renderLintTerminal } from './terminal.ts';

/** The words of a rule, as they are for all its findings. */
export interface RuleDoc {
  readonly name: string;
  readonly ids: readonly string[];
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
  readonly limits: string;
}

export interface LintRenderOptions extends PageOptions {
  /** All fixes as YAML, and what a baseline accepts. */
  readonly verbose: boolean;
  readonly rules: readonly RuleDoc[];
}

export type LintOutput = 'terminal' | 'json' | 'junit' | 'markdown' | 'sarif';
export const LINT_OUTPUTS: readonly LintOutput[] = ['terminal', 'json', 'junit', 'markdown', 'sarif'];

export const lintRenderers: Readonly<Record<LintOutput, (report: LintReport, options: LintRenderOptions) => string>> = {
  terminal: renderLintTerminal,
  json: renderJson,
  junit: renderLintJunit,
  markdown: renderLintMarkdown,
  sarif: renderSarif,
};

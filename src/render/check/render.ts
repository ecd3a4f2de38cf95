/** The list of renderers of a check: report → text, and nothing else. */
import type { CheckReport } from '../../model/check.ts';
import { renderJson } from '../json.ts';
import type { PageOptions } from '../page.ts';
import { renderCheckJunit } from './junit.ts';
import { renderCheckMarkdown } from './markdown.ts';
import { renderCheckTerminal } from './terminal.ts';

export interface CheckRenderOptions extends PageOptions {
  /** Every assertion in full, not only those that do not hold. */
  readonly verbose: boolean;
}

export const CHECK_OUTPUTS = ['terminal', 'json', 'markdown', 'junit'] as const;

export const checkRenderers: Readonly<
  Record<(typeof CHECK_OUTPUTS)[number], (report: CheckReport, options: CheckRenderOptions) => string>
> = {
  terminal: renderCheckTerminal,
  json: renderJson,
  markdown: renderCheckMarkdown,
  junit: renderCheckJunit,
};

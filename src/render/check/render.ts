/** The list of renderers of a check: report → text, and nothing else. */
import type { CheckReport } from '../../model/check.ts';
import { renderJson } from '../json.ts';
import { renderCheckJunit } from './junit.ts';
import { renderCheckMarkdown } from './markdown.ts';
import { renderCheckTerminal } from './terminal.ts';
import type { CheckRenderOptions } from './options.ts';

export const CHECK_OUTPUTS = ['terminal', 'json', 'markdown', 'junit'] as const;

export const checkRenderers: Readonly<
  Record<(typeof CHECK_OUTPUTS)[number], (report: CheckReport, options: CheckRenderOptions) => string>
> = {
  terminal: renderCheckTerminal,
  json: renderJson,
  markdown: renderCheckMarkdown,
  junit: renderCheckJunit,
};

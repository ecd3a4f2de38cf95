/** The list of renderers of a sweep: report → text, and nothing else. */
import type { SweepReport } from '../../model/sweep.ts';
import { renderJson } from '../json.ts';
import { renderSweepJunit } from '../junit.ts';
import type { TextOutput } from '../render.ts';
import { renderSweepMarkdown } from './markdown.ts';
import { renderSweepTerminal } from './terminal.ts';
import type { SweepRenderOptions } from './options.ts';

export type SweepRenderer = (report: SweepReport, options: SweepRenderOptions) => string;

/** All but the page in HTML, which shows recordings too (html/sweep-page.ts). */
export const sweepRenderers: Readonly<Record<TextOutput, SweepRenderer>> = {
  terminal: renderSweepTerminal,
  json: renderJson,
  markdown: renderSweepMarkdown,
  junit: renderSweepJunit,
};

/** The list of renderers of a sweep: report → text, and nothing else. */
import type { SweepReport } from '../../model/sweep.ts';
import { renderJson } from '../json.ts';
import { renderSweepJunit } from '../junit.ts';
import type { PageOptions } from '../page.ts';
import type { TextOutput } from '../render.ts';
import { renderSweepMarkdown } from './markdown.ts';
import { renderSweepTerminal } from './terminal.ts';

export interface SweepRenderOptions extends PageOptions {
  /** The cause of every faulty target in full, not only of new ones. */
  readonly verbose: boolean;
  /** `--since last`: leave out what is as it was. */
  readonly onlyChanges: boolean;
}

export type SweepRenderer = (report: SweepReport, options: SweepRenderOptions) => string;

/** All but the page in HTML, which shows recordings too (html/sweep-page.ts). */
export const sweepRenderers: Readonly<Record<TextOutput, SweepRenderer>> = {
  terminal: renderSweepTerminal,
  json: renderJson,
  markdown: renderSweepMarkdown,
  junit: renderSweepJunit,
};

/** The list of renderers: verdict → text, and nothing else. */
import type { Verdict } from '../model/verdict.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import type { PageOptions } from './page.ts';
import { renderTerminal } from './terminal.ts';

export interface RenderOptions extends PageOptions {
  /** All findings in full, and the table of paths. */
  readonly verbose: boolean;
  /** The command that measures again; null: made of the verdict's target. */
  readonly again: string | null;
}

export type Renderer = (verdict: Verdict, options: RenderOptions) => string;

/** What `--output` takes. */
export type Output = 'terminal' | 'json' | 'markdown';

export const renderers: Readonly<Record<Output, Renderer>> = {
  terminal: renderTerminal,
  json: renderJson,
  markdown: renderMarkdown,
};

/** The list of renderers: verdict → text, and nothing else. */
import type { Verdict } from '../model/verdict.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';
import type { RenderOptions } from './options.ts';

export type Renderer = (verdict: Verdict, options: RenderOptions) => string;

/** What `--output` takes. `html` shows the recording too, and is loaded when it is asked for (html/diagnosis-page.ts). */
export type Output = TextOutput | 'html';
export type TextOutput = 'terminal' | 'json' | 'markdown' | 'junit';

export const renderers: Readonly<Record<TextOutput, Renderer>> = {
  terminal: renderTerminal,
  json: renderJson,
  markdown: renderMarkdown,
  junit: renderJunit,
};

/** All of them, as help and completion list them. */
export const OUTPUTS: readonly Output[] = ['terminal', 'json', 'markdown', 'html', 'junit'];

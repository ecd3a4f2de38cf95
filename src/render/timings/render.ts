/** The list of renderers of timings: report → text. */
import type { TimingsReport } from '../../model/timings.ts';
import { cleanLine } from '../clean.ts';
import { renderJson } from '../json.ts';
import { labelled } from '../labelled.ts';
import { code, escaped, list } from '../markdown.ts';
import { headline, openPage, type PageOptions, wrap } from '../page.ts';
import { headlineOf, sections } from './sections.ts';

export interface TimingsOptions extends PageOptions {
  /** All candidates, and all that does not fit. */
  readonly verbose: boolean;
}

type TimingsRenderer = (report: TimingsReport, options: TimingsOptions) => string;

export const timingsRenderers: Readonly<Record<'terminal' | 'json' | 'markdown', TimingsRenderer>> = {
  terminal: renderTerminal,
  json: (report) => renderJson(report),
  markdown: renderMarkdown,
};

const FOOTER = 'values alone prove nothing';

function renderTerminal(report: TimingsReport, options: TimingsOptions): string {
  const page = openPage(options);
  const right = report.candidates.length > 0 ? 'possible' : '';
  const title = headline(page, { left: `? ${headlineOf(report)}`, right }, (line) =>
    page.paint.bold(page.paint.yellow(line)),
  );
  const footer = wrap(page.text(`${FOOTER} · kprobe ${report.kprobe}`), page.width).map((line) => page.paint.dim(line));
  return `${[...title, ...labelled(page, sections(report, options.verbose)), '', ...footer].join('\n')}\n`;
}

function renderMarkdown(report: TimingsReport, options: TimingsOptions): string {
  const { settle } = report;
  const body = sections(report, options.verbose).filter(({ label }) => label !== 'Would settle');
  const then = settle === null ? [] : [`**Would settle** ${code(settle.command)}: ${escaped(settle.says)}`];
  const parts = [
    `### ? ${escaped(headlineOf(report))}`,
    list(body),
    ...then,
    `_${escaped(cleanLine(`${FOOTER} · kprobe ${report.kprobe}`))}_`,
  ];
  return `${parts.join('\n\n')}\n`;
}

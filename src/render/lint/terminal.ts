/** A lint report for people: the findings that count, gravest first. */
import { duration } from '../../model/format.ts';
import type { LintReport } from '../../model/lint.ts';
import { labelled } from '../labelled.ts';
import { type Brush, headline, openPage, type Page, wrap } from '../page.ts';
import { sections } from './words.ts';
import type { LintRenderOptions } from './options.ts';

const MARKS = { healthy: '✓', faulty: '✗', inconclusive: '?' } as const;

export function renderLintTerminal(report: LintReport, options: LintRenderOptions): string {
  const page = openPage(options);
  const { paint } = page;
  const shown = report.findings.filter(({ accepted }) => options.verbose || !accepted);
  // The manifest of the first fix shows what fixes look like; all of them would bury the findings.
  const first = shown.find(({ fix }) => typeof fix?.manifest === 'string');
  const parts = shown.map((finding) => {
    const brush: Brush = finding.accepted ? paint.dim : (line) => paint.bold(paint.red(line));
    const mark = finding.accepted ? '·' : '✗';
    return [
      ...headline(page, { left: `${mark} ${finding.title}`, right: finding.diagnosis }, brush),
      ...labelled(page, sections(finding, options.verbose || finding === first)),
    ];
  });
  return `${[...parts, ending(page, report)].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function ending(page: Page, report: LintReport): string[] {
  const { paint } = page;
  const brush: Readonly<Record<LintReport['status'], Brush>> = {
    healthy: paint.green,
    faulty: paint.red,
    inconclusive: paint.yellow,
  };
  const left = `${MARKS[report.status]} ${report.summary}`;
  return [
    ...headline(page, { left, right: '' }, (line) => paint.bold(brush[report.status](line))),
    ...labelled(page, [
      { label: 'Not checked', items: report.notChecked.map(({ what, because }) => `${what}: ${because}`) },
    ]),
    ...wrap(
      page.text(`lint in ${duration(report.run.tookMs)} · nothing was measured · kprobe ${report.run.kprobe}`),
      page.width,
    ).map(paint.dim),
  ];
}

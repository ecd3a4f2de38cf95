/** A check to paste into a review or a ticket. */
import type { Assertion, CheckReport } from '../../model/check.ts';
import { diagnoseCommand } from '../diagnose-command.ts';
import { code, escaped, list } from '../markdown.ts';
import * as say from './words.ts';
import type { CheckRenderOptions } from './options.ts';

export function renderCheckMarkdown(report: CheckReport, { verbose }: CheckRenderOptions): string {
  const rows = report.assertions.map((each) => say.row(each).map(escaped));
  const table = [[...say.TABLE_COLUMNS], say.TABLE_COLUMNS.map(() => '---'), ...rows];
  const parts = [
    `### ${say.STATUS_MARKS[report.status]} ${escaped(report.summary)}`,
    table.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    ...say.toldInFull(report, verbose).flatMap(inFull),
    list([{ label: 'Not done', items: report.notes.map(({ what, because }) => `${what}: ${because}`) }]),
    `_${escaped(say.footer(report))}_`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function inFull(assertion: Assertion): string[] {
  return [
    `#### ${say.MARKS[assertion.result]} ${escaped(`${say.sentence(assertion)} (${say.verdictOn(assertion)})`)}`,
    list([
      { label: 'Measured', items: [assertion.says] },
      { label: 'Policies', items: say.because(assertion) },
      { label: 'Finding', items: say.also(assertion) },
    ]),
    ...(assertion.result === 'holds' ? [] : [`**Then** ${code(diagnoseCommand(assertion))}`]),
  ];
}

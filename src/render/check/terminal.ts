/** A check for eyes: the table of who reaches whom, then what does not hold and why. */
import stringWidth from 'string-width';
import type { Assertion, CheckReport } from '../../model/check.ts';
import { diagnoseCommand } from '../diagnose-command.ts';
import { labelled } from '../labelled.ts';
import { columns, headline, openPage, type Page, wrap } from '../page.ts';
import * as say from './words.ts';
import type { CheckRenderOptions } from './options.ts';

export function renderCheckTerminal(report: CheckReport, options: CheckRenderOptions): string {
  const page = openPage(options);
  const parts = [
    title(page, report),
    table(page, report.assertions),
    ...say.toldInFull(report, options.verbose).map((each) => inFull(page, each)),
    labelled(page, [{ label: 'Not done', items: report.notes.map(({ what, because }) => `${what}: ${because}`) }]),
    wrap(page.text(say.footer(report)), page.width).map((line) => page.paint.dim(line)),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function title(page: Page, { status, summary }: CheckReport): string[] {
  const brush = { healthy: page.paint.green, faulty: page.paint.red, inconclusive: page.paint.yellow }[status];
  return headline(page, { left: `${say.STATUS_MARKS[status]} ${summary}`, right: '' }, (line) =>
    page.paint.bold(brush(line)),
  );
}

/** Narrower than its longest line, the table has what policies say below each: a name that is cut names nothing. */
function table(page: Page, assertions: readonly Assertion[]): string[] {
  const cells = assertions.map((each) => say.row(each).map(page.text));
  const whole = columns([[...say.TABLE_COLUMNS], ...cells]);
  if (whole.every((line) => stringWidth(line) <= page.width)) return withHeading(page, whole);
  const [heading = '', ...lines] = columns([say.TABLE_COLUMNS.slice(0, -1), ...cells.map((each) => each.slice(0, -1))]);
  return withHeading(page, [
    heading,
    ...lines.flatMap((line, index) => {
      const policies = cells[index]?.at(-1) ?? '';
      const below = policies === '' ? [] : wrap(page.text(`policies say ${policies}`), page.width - 4);
      return [line, ...below.map((each) => `    ${page.paint.dim(each)}`)];
    }),
  ]);
}

function withHeading(page: Page, [heading = '', ...lines]: readonly string[]): string[] {
  return [page.paint.bold(heading), ...lines];
}

function inFull(page: Page, assertion: Assertion): string[] {
  const left = `${say.MARKS[assertion.result]} ${say.sentence(assertion)}`;
  const isHeld = assertion.result === 'holds';
  const brush = assertion.result === 'fails' ? page.paint.red : isHeld ? page.paint.green : page.paint.yellow;
  return [
    ...headline(page, { left, right: say.verdictOn(assertion) }, (line) => page.paint.bold(brush(line))),
    ...labelled(page, [
      { label: 'Measured', items: [assertion.says] },
      { label: 'Policies', items: say.because(assertion) },
      { label: 'Finding', items: say.also(assertion) },
      { label: 'Then', items: isHeld ? [] : [diagnoseCommand(assertion)], verbatim: true },
    ]),
  ];
}

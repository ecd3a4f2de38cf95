/** A sweep for eyes: what is new, worse or gone; then everybody in a line; then what to do about what is new. */
import stringWidth from 'string-width';
import type { SweepReport, TargetReport } from '../../model/sweep.ts';
import { diagnoseCommand } from '../diagnose-command.ts';
import { labelled } from '../labelled.ts';
import { columns, headline, openPage, type Page, wrap } from '../page.ts';
import * as finding from '../sections.ts';
import * as say from './words.ts';
import type { SweepRenderOptions } from './options.ts';

export function renderSweepTerminal(report: SweepReport, options: SweepRenderOptions): string {
  const page = openPage(options);
  const shown = say.shownTargets(report, options.onlyChanges);
  const parts = [
    title(page, report),
    ...changes(page, report),
    ...(options.onlyChanges && report.before !== null && shown.length === 0
      ? [[page.text('Nothing has changed.')]]
      : [table(page, shown)]),
    ...say.toldInFull(report, options.verbose).map((target) => inFull(page, target)),
    remarks(page, report),
    footer(page, report),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function title(page: Page, report: SweepReport): string[] {
  const brush = { healthy: page.paint.green, faulty: page.paint.red, inconclusive: page.paint.yellow }[report.status];
  const left = `${say.MARKS[report.status]} ${report.summary}`;
  const compared = wrap(page.text(say.comparedWith(report)), page.width - 2).map((line) => `  ${page.paint.dim(line)}`);
  return [...headline(page, { left, right: '' }, (line) => page.paint.bold(brush(line))), ...compared];
}

function changes(page: Page, report: SweepReport): string[][] {
  return say.CHANGES.flatMap(({ change, title: heading }) => {
    const targets = report.targets.filter((target) => target.change === change);
    if (targets.length === 0) return [];
    return [[page.paint.bold(page.text(heading)), ...say.alike(targets).flatMap((same) => changeLines(page, same))]];
  });
}

function changeLines(page: Page, { keys, first }: ReturnType<typeof say.alike>[number]): string[] {
  const lines = wrap(page.text(`${say.MARKS[first.state]} ${keys}: ${first.says}`), page.width - 4);
  const more = first.changeSays === null ? [] : wrap(page.text(first.changeSays), page.width - 6);
  return [
    ...lines.map((line, index) => `${index === 0 ? '  ' : '    '}${line}`),
    ...more.map((line) => `    ${page.paint.dim(line)}`),
  ];
}

/** What a narrow terminal can do without, the least telling first. */
const DISPENSABLE: readonly string[] = ['State', 'p99', 'Typical', 'Lost'];
/** Of the last column, less than this says little; of the first, more than this share leaves no room for the others. */
const NARROW_WHY = 20;
const LONGEST_KEY_SHARE = 0.5;

function table(page: Page, targets: readonly TargetReport[]): string[] {
  if (targets.length === 0) return [];
  const longestKey = Math.floor(page.width * LONGEST_KEY_SHARE);
  const cells = say.inOrder(targets).map((target) => say.row(target).map(page.text));
  const rows = [[...say.TABLE_COLUMNS], ...cells.map(([key = '', ...rest]) => [cut(page, key, longestKey), ...rest])];
  const without = (dropped: readonly string[]) =>
    rows.map((each) => each.filter((_, index) => !dropped.includes(say.TABLE_COLUMNS[index] ?? '')));
  const candidates = [0, 1, 2, 3, 4].map((number) => without(DISPENSABLE.slice(0, number)));
  const roomIn = (each: readonly (readonly string[])[]) => page.width - widthOfAllButLast(each);
  const chosen = candidates.find((each) => roomIn(each) >= NARROW_WHY) ?? candidates.at(-1) ?? [];
  const room = roomIn(chosen);
  const lines = columns(chosen.map((each) => [...each.slice(0, -1), cut(page, each.at(-1) ?? '', room)]));
  return lines.map((line, index) => (index === 0 ? page.paint.bold(line) : line));
}

function widthOfAllButLast(rows: readonly (readonly string[])[]): number {
  const padded = columns(rows.map((cells) => [...cells.slice(0, -1), '|']));
  return Math.max(0, ...padded.map((line) => stringWidth(line))) - 1;
}

function cut(page: Page, text: string, room: number): string {
  if (stringWidth(text) <= room) return text;
  const mark = page.text('…');
  let kept = '';
  for (const character of text) {
    if (stringWidth(kept + character) > room - stringWidth(mark)) break;
    kept += character;
  }
  return kept.trimEnd() + mark;
}

function inFull(page: Page, target: TargetReport): string[] {
  const [first] = target.verdict?.findings ?? [];
  if (first === undefined) return [];
  const left = `✗ ${target.key}: ${first.title}`;
  const sections = [...finding.evidenceSections(first), ...finding.explains(first), ...finding.wouldSettle(first)];
  const next = { label: 'Then', items: [diagnoseCommand(target)], verbatim: true };
  return [
    ...headline(page, { left, right: first.certainty }, (line) => page.paint.bold(page.paint.red(line))),
    ...labelled(page, [...sections, ...finding.fix(first), next]),
  ];
}

function remarks(page: Page, report: SweepReport): string[] {
  const short = say.cutShort(report);
  return labelled(page, [
    { label: 'Not done', items: report.notes.map(({ what, because }) => `${what}: ${because}`) },
    { label: 'Cut short', items: short === null ? [] : [short] },
    { label: 'No longer', items: report.dropped.length === 0 ? [] : [`in the list: ${report.dropped.join(', ')}`] },
  ]);
}

function footer(page: Page, report: SweepReport): string[] {
  const text = page.text(`${say.extent(report)} · run ${report.run.id} · kprobe ${report.run.kprobe}`);
  return wrap(text, page.width).map((line) => page.paint.dim(line));
}

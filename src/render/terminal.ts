/** A verdict for eyes at three in the morning: the cause first, why, where, what it is not, and what to do. */
import stringWidth from 'string-width';
import type { Finding, Verdict } from '../model/verdict.ts';
import { labelled, type Section } from './labelled.ts';
import { type Brush, columns, headline, openPage, type Page, wrap } from './page.ts';
import { PATH_COLUMNS, pathRows } from './paths.ts';
import * as say from './sections.ts';
import type { RenderOptions } from './options.ts';

/** How many statements of a finding that is not the first are shown without -v. */
const SHORT_EVIDENCE = 2;

export function renderTerminal(verdict: Verdict, options: RenderOptions): string {
  const page = openPage(options);
  const parts = [
    ...verdictParts(page, verdict, options),
    ...(options.verbose ? [pathTable(page, verdict), labelled(page, [say.probers(verdict)])] : []),
    footer(page, verdict),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** The findings and what surrounds them, for pages that show something else below. */
export function verdictParts(page: Page, verdict: Verdict, options: RenderOptions): string[][] {
  return bodies[verdict.status](page, verdict, options);
}

/** Each body is a list of parts, parts are separated by an empty line. */
type Body = (page: Page, verdict: Verdict, options: RenderOptions) => string[][];

const bodies: Readonly<Record<Verdict['status'], Body>> = {
  healthy: (page, verdict, options) => [
    [
      ...headline(page, { left: `✓ ${say.headlineOf(verdict)}`, right: '' }, green(page)),
      ...labelled(page, [...say.youSee(verdict, null), ...surroundings(verdict)]),
    ],
    ...others(page, verdict.findings, options),
  ],
  faulty: (page, verdict, options) => {
    const [first, ...more] = verdict.findings;
    const sections = first === undefined ? [] : [...say.evidenceSections(first), ...say.explains(first)];
    const then = [
      ...(first === undefined ? [] : [...say.wouldSettle(first), ...say.fix(first)]),
      next(verdict, options),
    ];
    const body = labelled(page, [
      ...say.youSee(verdict, first ?? null),
      ...sections,
      ...surroundings(verdict),
      ...then,
    ]);
    const title = { left: `✗ ${first?.title ?? say.headlineOf(verdict)}`, right: first?.certainty ?? '' };
    return [[...headline(page, title, red(page)), ...body], ...others(page, more, options)];
  },
  inconclusive: (page, verdict, options) => [
    [
      ...headline(page, { left: `? ${say.headlineOf(verdict)}`, right: '' }, yellow(page)),
      ...labelled(page, [...say.youSee(verdict, null), ...surroundings(verdict), next(verdict, options)]),
    ],
    ...verdict.findings.map((finding) => findingLines(page, finding, true)),
  ],
};

function others(page: Page, findings: readonly Finding[], options: RenderOptions): string[][] {
  return findings.map((finding) => findingLines(page, finding, options.verbose));
}

/** A finding that is not the headline: in full, or its title, first evidence and the word of its fix. */
function findingLines(page: Page, finding: Finding, inFull: boolean): string[] {
  const mark = finding.certainty === 'possible' ? '?' : '✗';
  const brush = finding.certainty === 'possible' ? yellow(page) : red(page);
  const evidence = say.evidenceSections(
    inFull ? finding : { ...finding, evidence: finding.evidence.slice(0, SHORT_EVIDENCE) },
  );
  const remedy = inFull ? say.fix(finding) : say.fix(finding).map(({ label, items }) => ({ label, items }));
  return [
    ...headline(page, { left: `${mark} ${finding.title}`, right: finding.certainty }, brush),
    ...labelled(page, [...evidence, ...say.explains(finding), ...say.wouldSettle(finding), ...remedy]),
  ];
}

function surroundings(verdict: Verdict): Section[] {
  return [say.ruledOut(verdict), say.notMeasured(verdict), ...say.cutShort(verdict)];
}

function next(verdict: Verdict, options: RenderOptions): Section {
  return { label: 'Then', items: [say.next(verdict, options.again)], verbatim: true };
}

/** What a narrow terminal can do without, the least telling first; it is all in the JSON. */
const DISPENSABLE: readonly string[] = ['Locality', 'Seen as'];

function pathTable(page: Page, verdict: Verdict): string[] {
  if (verdict.paths.length === 0) return [];
  const rows = [[...PATH_COLUMNS], ...pathRows(verdict).map((row) => row.map((cell) => page.text(cell)))];
  const without = (dropped: readonly string[]) =>
    columns(rows.map((row) => row.filter((_, index) => !dropped.includes(PATH_COLUMNS[index] ?? ''))));
  const fits = (lines: readonly string[]) => lines.every((line) => stringWidth(line) <= page.width);
  const tables = [0, 1, 2].map((count) => without(DISPENSABLE.slice(0, count)));
  const [header = '', ...lines] = tables.find(fits) ?? tables.at(-1) ?? [];
  return [page.paint.bold(header), ...lines];
}

function footer(page: Page, verdict: Verdict): string[] {
  const text = page.text(`${say.extent(verdict)} · run ${verdict.run.id} · kprobe ${verdict.run.kprobe}`);
  return wrap(text, page.width).map((line) => page.paint.dim(line));
}

const red =
  ({ paint }: Page): Brush =>
  (line) =>
    paint.bold(paint.red(line));
const green =
  ({ paint }: Page): Brush =>
  (line) =>
    paint.bold(paint.green(line));
const yellow =
  ({ paint }: Page): Brush =>
  (line) =>
    paint.bold(paint.yellow(line));

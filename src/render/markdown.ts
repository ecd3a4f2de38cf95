/** A verdict to paste into an incident channel or a ticket. */
import type { Finding, Verdict } from '../model/verdict.ts';
import { cleanLine, cleanLines } from './clean.ts';
import type { Section } from './labelled.ts';
import { PATH_COLUMNS, pathRows } from './paths.ts';
import * as say from './sections.ts';
import type { RenderOptions } from './options.ts';

const MARKS: Readonly<Record<Verdict['status'], string>> = { healthy: '✓', faulty: '✗', inconclusive: '?' };

export function renderMarkdown(verdict: Verdict, options: RenderOptions): string {
  const isFaulty = verdict.status === 'faulty';
  const [first, ...more] = isFaulty ? verdict.findings : [undefined, ...verdict.findings];
  const parts = [
    title(first, verdict),
    list([
      ...say.youSee(verdict, first ?? null),
      ...(first === undefined
        ? []
        : [...say.evidenceSections(first), ...say.explains(first), ...say.wouldSettle(first)]),
      { ...say.ruledOut(verdict), inline: false },
      say.notMeasured(verdict),
      ...say.cutShort(verdict),
    ]),
    ...(first === undefined ? [] : remedy(first)),
    ...(verdict.status === 'healthy' ? [] : [`**Then** ${code(say.next(verdict, options.again))}`]),
    ...more.flatMap((finding) => (finding === undefined ? [] : other(finding))),
    ...(options.verbose && verdict.paths.length > 0 ? [pathTable(verdict), list([say.probers(verdict)])] : []),
    `_${escaped(`${say.extent(verdict)} · run ${verdict.run.id} · kprobe ${verdict.run.kprobe}`)}_`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function title(first: Finding | undefined, verdict: Verdict): string {
  const text = first === undefined ? say.headlineOf(verdict) : `${first.title} (${first.certainty})`;
  return `### ${MARKS[verdict.status]} ${escaped(text)}`;
}

function other(finding: Finding): string[] {
  return [
    `#### ${escaped(`${finding.title} (${finding.certainty})`)}`,
    list([...say.evidenceSections(finding), ...say.explains(finding), ...say.wouldSettle(finding)]),
    ...remedy(finding),
  ];
}

export function remedy(finding: Finding): string[] {
  return say
    .fix(finding)
    .flatMap(({ label, items, block }) => [
      `**${label}** ${items.map(escaped).join(' ')}`.trimEnd(),
      ...(block === undefined ? [] : [fenced(block)]),
    ]);
}

/** A label with one statement is one bullet; several are bullets below it. */
export function list(sections: readonly Section[]): string {
  return sections
    .filter(({ items }) => items.length > 0)
    .map(({ label, items }) => {
      const head = `- **${escaped(label)}**`;
      const says = items.map(escaped);
      return says.length === 1 ? `${head} ${says[0]}` : [head, ...says.map((item) => `  - ${item}`)].join('\n');
    })
    .join('\n');
}

function pathTable(verdict: Verdict): string {
  const rows = [[...PATH_COLUMNS], PATH_COLUMNS.map(() => '---'), ...pathRows(verdict).map((row) => row.map(escaped))];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The fence is longer than any run of backticks inside, so that nothing inside can close it. */
function fenced(manifest: string): string {
  const lines = cleanLines(manifest);
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/gu)].map(([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}yaml`, ...lines, fence].join('\n');
}

export function code(text: string): string {
  const safe = cleanLine(text);
  return safe.includes('`') ? escaped(safe) : `\`${safe}\``;
}

/** Names from a cluster must not become links, images, HTML or table cells. */
export function escaped(text: string): string {
  return cleanLine(text).replace(/[\\`*[\]<>|]/gu, '\\$&');
}

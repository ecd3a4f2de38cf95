/** A sweep to paste into an incident channel or a ticket. */
import type { SweepReport, TargetReport } from '../../model/sweep.ts';
import { diagnoseCommand } from '../diagnose-command.ts';
import { code, escaped, list, remedy } from '../markdown.ts';
import * as finding from '../sections.ts';
import * as say from './words.ts';
import type { SweepRenderOptions } from './options.ts';

export function renderSweepMarkdown(report: SweepReport, options: SweepRenderOptions): string {
  const shown = say.shownTargets(report, options.onlyChanges);
  const short = say.cutShort(report);
  const parts = [
    `### ${say.MARKS[report.status]} ${escaped(report.summary)}`,
    `_${escaped(say.comparedWith(report))}_`,
    ...say.CHANGES.flatMap(({ change, title }) =>
      changes(
        title,
        report.targets.filter((each) => each.change === change),
      ),
    ),
    options.onlyChanges && report.before !== null && shown.length === 0 ? 'Nothing has changed.' : table(shown),
    ...say.toldInFull(report, options.verbose).flatMap(inFull),
    list([
      { label: 'Not done', items: report.notes.map(({ what, because }) => `${what}: ${because}`) },
      { label: 'Cut short', items: short === null ? [] : [short] },
      { label: 'No longer in the list', items: report.dropped },
    ]),
    `_${escaped(`${say.extent(report)} · run ${report.run.id} · kprobe ${report.run.kprobe}`)}_`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function changes(title: string, targets: readonly TargetReport[]): string[] {
  if (targets.length === 0) return [];
  const lines = say.alike(targets).map(({ keys, first: { state, says, changeSays } }) => {
    const more = changeSays === null ? '' : ` (${escaped(changeSays)})`;
    return `- ${say.MARKS[state]} **${escaped(keys)}** ${escaped(says)}${more}`;
  });
  return [`**${title}**`, lines.join('\n')];
}

function table(targets: readonly TargetReport[]): string {
  const rows = say.inOrder(targets).map((target) => say.row(target).map(escaped));
  return [[...say.TABLE_COLUMNS], say.TABLE_COLUMNS.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function inFull(target: TargetReport): string[] {
  const [first] = target.verdict?.findings ?? [];
  if (first === undefined) return [];
  return [
    `#### ✗ ${escaped(`${target.key}: ${first.title} (${first.certainty})`)}`,
    list([...finding.evidenceSections(first), ...finding.explains(first), ...finding.wouldSettle(first)]),
    ...remedy(first),
    `**Then** ${code(diagnoseCommand(target))}`,
  ];
}

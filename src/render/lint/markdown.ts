/** A lint report for a comment on a pull request. */
import type { LintFinding, LintReport } from '../../model/lint.ts';
import { code, escaped, list, remedy } from '../markdown.ts';
import * as say from '../sections.ts';
import { sayPlace } from './words.ts';
import type { LintRenderOptions } from './options.ts';

const MARKS = { healthy: '✓', faulty: '✗', inconclusive: '?' } as const;

export function renderLintMarkdown(report: LintReport, { verbose }: LintRenderOptions): string {
  const shown = report.findings.filter(({ accepted }) => verbose || !accepted);
  const parts = [
    `### ${MARKS[report.status]} kprobe lint: ${escaped(report.summary)}`,
    ...shown.flatMap(findingParts),
    list([{ label: 'Not checked', items: report.notChecked.map(({ what, because }) => `${what}: ${because}`) }]),
    `_${escaped(`nothing was measured · kprobe ${report.run.kprobe}`)}_`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function findingParts(finding: LintFinding): string[] {
  const place = finding.place === null ? '' : ` ${code(sayPlace(finding.place))}`;
  return [
    `#### ${escaped(finding.title)}${finding.accepted ? ' (accepted)' : ''}`,
    `${code(finding.diagnosis)}${place}`,
    list([...say.evidenceSections(finding), ...say.wouldSettle(finding)]),
    ...remedy(finding),
  ];
}

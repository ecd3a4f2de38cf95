/** A lint report as JUnit XML: a case for each finding, each rule that found nothing, and each thing that was not checked. */
import type { LintFinding, LintReport } from '../../model/lint.ts';
import { type Case, document } from '../junit.ts';
import { sayPlace, sections } from './words.ts';
import type { LintRenderOptions, RuleDoc } from './options.ts';

export function renderLintJunit(report: LintReport, { rules }: LintRenderOptions): string {
  const { findings, notChecked, run, status, summary } = report;
  const found = new Set(findings.map(({ diagnosis }) => diagnosis));
  const cases: Case[] = [
    ...(status === 'inconclusive' ? [{ name: 'lint', result: 'error', message: summary, text: [] } as const] : []),
    ...findings.map(caseOf),
    ...idsOf(rules)
      .filter((id) => !found.has(id))
      .map((id): Case => ({ name: id, result: 'passed', message: '', text: [] })),
    ...notChecked.map(({ what, because }): Case => ({
      name: `not checked: ${what}`,
      result: 'skipped',
      message: because,
      text: [],
    })),
  ];
  return document([{ name: 'lint', startedAt: run.startedAt, tookMs: run.tookMs, cases }]);
}

function idsOf(rules: readonly RuleDoc[]): readonly string[] {
  return [...new Set(rules.flatMap(({ ids }) => ids))];
}

function caseOf(finding: LintFinding): Case {
  const { title, place, key, accepted } = finding;
  const at = place === null ? '' : `${sayPlace(place)}: `;
  const text = sections(finding, true).flatMap(({ label, items, block }) => [
    ...items.map((item) => `${label}: ${item}`),
    ...(block === undefined ? [] : block.trimEnd().split('\n')),
  ]);
  return { name: key, result: accepted ? 'passed' : 'failure', message: `${at}${title}`, text };
}

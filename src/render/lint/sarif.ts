/** A lint report as SARIF 2.1.0 (OASIS), which code hosts show beside the lines it is about. */
import type { LintFinding, LintReport, Place } from '../../model/lint.ts';
import { cleanLine } from '../clean.ts';
import { renderJson } from '../json.ts';
import type { LintRenderOptions, RuleDoc } from './options.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

export function renderSarif(report: LintReport, { rules }: LintRenderOptions): string {
  const ids = [...new Set(rules.flatMap((rule) => rule.ids))];
  return renderJson({
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'kprobe',
            version: report.run.kprobe,
            rules: ids.map((id) =>
              ruleOf(
                id,
                rules.filter((rule) => rule.ids.includes(id)),
              ),
            ),
          },
        },
        // Columns are counted as JavaScript counts characters.
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.status !== 'inconclusive',
            startTimeUtc: report.run.startedAt,
            toolExecutionNotifications: report.notChecked.map(({ what, because }) => ({
              level: 'note',
              message: { text: cleanLine(`not checked: ${what}: ${because}`) },
            })),
          },
        ],
        results: report.findings.map((finding) => resultOf(finding, ids)),
      },
    ],
  });
}

function ruleOf(id: string, rules: readonly RuleDoc[]): object {
  const text = rules
    .map(({ title, why, remedy, limits }) => `${title}. ${why}\n\nRemedy: ${remedy}\n\nLimits: ${limits}`)
    .join('\n\n');
  return {
    id,
    shortDescription: { text: rules.map(({ title }) => title).join('; ') },
    fullDescription: { text: rules.map(({ title, why }) => `${title}. ${why}`).join(' ') },
    help: { text },
    defaultConfiguration: { level: 'warning' },
  };
}

function resultOf(finding: LintFinding, ids: readonly string[]): object {
  const { diagnosis, title, evidence, fix, place, object, key, accepted } = finding;
  const lines = [
    title,
    ...evidence.map(({ label, says }) => `${label}: ${says}`),
    ...(fix === null ? [] : [`Fix: ${fix.says}`]),
  ];
  const name = object === null ? null : `${object.kind} ${object.namespace ?? ''}/${object.name}`;
  return {
    ruleId: diagnosis,
    ruleIndex: ids.indexOf(diagnosis),
    level: 'warning',
    message: { text: lines.map(cleanLine).join('\n') },
    locations: [
      {
        ...(place === null ? {} : { physicalLocation: physical(place) }),
        ...(name === null ? {} : { logicalLocations: [{ fullyQualifiedName: cleanLine(name), kind: 'object' }] }),
      },
    ],
    partialFingerprints: { 'kprobe/v1': cleanLine(key) },
    ...(accepted ? { suppressions: [{ kind: 'external', justification: 'accepted by the baseline' }] } : {}),
  };
}

/** A path as a URI, relative where it is. */
function physical({ file, line, column }: Place): object {
  const uri = file.split(/[/\\]/u).map(encodeURIComponent).join('/');
  return { artifactLocation: { uri }, region: { startLine: line, startColumn: column } };
}

import { existsSync } from 'node:fs';
import { experiments } from '../src/model/experiment.ts';
import { DiagnosisClass } from '../src/model/verdict.ts';
import type { Diagnosis } from '../src/judge/engine/diagnosis.ts';

/** What the words of the contract mean to a reader. */
const CLASSES: Readonly<Record<DiagnosisClass, string>> = {
  policy: 'NetworkPolicy',
  'dns-fallback': 'DNS',
  'retransmit-drop': 'Loss, rejects and limits, by the timers they start',
  'cross-node-overlay': 'Between nodes',
  service: 'Services',
  ingress: 'Ingress',
  application: 'Application and CPU',
};

type Class = readonly [name: DiagnosisClass, members: readonly Diagnosis[]];

/** As `kprobe catalog` lists them. */
function byClass(diagnoses: readonly Diagnosis[]): readonly Class[] {
  return DiagnosisClass.options.map((name) => [name, diagnoses.filter((each) => each.class === name)] as const);
}

/** `docs/diagnoses.md`, made of the diagnoses' own words. */
export function diagnosesPage(diagnoses: readonly Diagnosis[]): string {
  const classes = byClass(diagnoses);
  return [
    '# Diagnoses',
    '',
    `All ${diagnoses.length}, by class; within a class, what is nearest to the root comes first. Each says what goes wrong and what one sees of it, the`,
    'test that proves it, the remedy, and where it is silent or wrong. `kprobe catalog ID` prints one; `kprobe lab run ID` makes it happen.',
    'Words of a verdict: [how to read a verdict](how-to-read-a-verdict.md).',
    '',
    '| class | diagnoses |',
    '|---|---|',
    ...classes.map(row('')),
    '',
    'This page is made from `src/judge/diagnoses` by `npm run docs`; change it there.',
    ...classes.flatMap(([name, members]) => ['', `## ${name}`, '', `${CLASSES[name]}.`, ...members.flatMap(section)]),
    '',
  ].join('\n');
}

/** The README with its list of diagnoses as they are today. */
export function withDiagnoses(readme: string, diagnoses: readonly Diagnosis[]): string {
  const rows = byClass(diagnoses).map(row('docs/diagnoses.md'));
  const text = [`${diagnoses.length} diagnoses:`, '', '| where | diagnoses |', '|---|---|', ...rows].join('\n');
  return readme.replace(/(?<=<!-- diagnoses -->\n)[\s\S]*?(?=\n<!-- \/diagnoses -->)/, text);
}

/** `page`: where the diagnoses are described; empty: on the page itself. */
function row(page: string): (each: Class) => string {
  return ([name, members]) => `| ${CLASSES[name]} | ${members.map(({ id }) => `[${id}](${page}#${id})`).join(', ')} |`;
}

function section(diagnosis: Diagnosis): string[] {
  return [
    '',
    `### ${diagnosis.id}`,
    '',
    `**${diagnosis.title}.** ${diagnosis.why}`,
    '',
    `- **Test:** ${diagnosis.test}`,
    `- **Remedy:** ${diagnosis.remedy}`,
    `- **Limits:** ${diagnosis.limits}`,
    `- **Measured:** ${diagnosis.experiments.map((id) => experiments[id].says).join('; ')}`,
    `- **Layer:** ${diagnosis.layer}`,
    isInLab(diagnosis.id)
      ? `- **Try it:** \`kprobe lab run ${diagnosis.id}\``
      : '- **Not in the lab:** its limits are those of the whole kernel',
  ];
}

function isInLab(id: string): boolean {
  return existsSync(new URL(`../src/lab/scenarios/${id}/`, import.meta.url));
}

import { experiments } from '../src/model/experiment.ts';
import type { Diagnosis } from '../src/judge/engine/diagnosis.ts';

/** `docs/diagnoses.md`, made of the diagnoses' own words. */
export function diagnosesPage(diagnoses: readonly Diagnosis[]): string {
  const classes = Map.groupBy(diagnoses, (diagnosis) => diagnosis.class);
  return [
    '# Diagnoses',
    '',
    'Made from `src/judge/diagnoses` by `npm run docs`; change it there. They are listed as they are asked.',
    ...[...classes].flatMap(([name, members]) => ['', `## ${name}`, ...members.flatMap(section)]),
    '',
  ].join('\n');
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
    `- **Layer:** ${diagnosis.layer}`,
    `- **Experiments:** ${diagnosis.experiments.map((id) => experiments[id].says).join('; ')}`,
    `- **Try it:** \`kprobe lab run ${diagnosis.id}\``,
  ];
}

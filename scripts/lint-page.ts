import type { Rule } from '../src/lint/rule.ts';

/** `docs/lint.md`, made of the rules' own words. */
export function lintPage(rules: readonly Rule[]): string {
  return [
    '# Lint',
    '',
    'Made from `src/lint/rules` by `npm run docs`; change it there. They are listed as their findings are told: the gravest first.',
    '',
    'Lint measures nothing: each finding is *possible*, carries the id of the diagnosis that the mistake would become, and names the run that would settle it.',
    '`kprobe lint -f` judges files by themselves; `--with-cluster` by what runs beside them. What absence would have to prove is left out where not everything is known,',
    'and said under *Not checked* where that matters.',
    '',
    '| rule | finding | about |',
    '|---|---|---|',
    ...rules.map(
      ({ name, ids, title }) => `| [${name}](#${name}) | ${ids.map((id) => `\`${id}\``).join(', ')} | ${title} |`,
    ),
    ...rules.flatMap(section),
    '',
  ].join('\n');
}

function section({ name, ids, title, why, looks, remedy, limits }: Rule): string[] {
  return [
    '',
    `## ${name}`,
    '',
    `**${title}.** ${why}`,
    '',
    `- **Looks at:** ${looks}`,
    `- **Remedy:** ${remedy}`,
    `- **Limits:** ${limits}`,
    `- **Findings:** ${ids.map((id) => `\`${id}\``).join(', ')}`,
  ];
}

/** docs/accuracy.md, made of the results alone. */
import { confusionList, isRight, scenarioTable, totalsTable } from './table.ts';
import type { Result } from './results.ts';

export function accuracyPage(results: readonly Result[], cpus: number): string {
  const right = results.filter(isRight).length;
  const days = results.map(({ at }) => at.slice(0, 10)).toSorted();
  const revisions = unique(results.flatMap(({ revision }) => revision ?? []));
  return [
    '# Accuracy',
    '',
    `${right} of ${results.length} verdicts right. kprobe ${unique(results.map(({ kprobe }) => kprobe)).join(', ')}, ${unique([days[0], days.at(-1)].filter((day) => day !== undefined)).join(' to ')}, Linux`,
    `${unique(results.map(({ kernel }) => kernel)).join(', ')}, ${cpus} CPUs${revisions.length === 0 ? '' : `, commits ${revisions.join(', ')}`}. Made by \`npm run bench:accuracy\` (and \`-- --hog\`): every`,
    'scenario of `src/lab/scenarios` runs in a lab of its own, diagnosed by the real command line, never tried twice. Right means: the status; all findings that are',
    'surer than *possible*, none missing and none extra, the leading one first; their certainty, object, place, timer and least share where the scenario names them;',
    'the shares of all findings sum to at most 1; the cause is not on the list of what was ruled out. Where all is well, not even a *possible* finding is right.',
    'Who gave no verdict was wrong.',
    '',
    totalsTable(results),
    '',
    '## What was wrong',
    '',
    confusionList(results),
    '',
    '## Scenarios',
    '',
    'Times are minimum / median / maximum.',
    '',
    scenarioTable(results),
    '',
  ].join('\n');
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

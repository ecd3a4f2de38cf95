/** What blind draws showed, as a section of docs/accuracy.md. */
import { breaks } from './draw.ts';
import { OUTCOMES, type Outcome } from './score.ts';
import type { BlindResult } from './blind-result.ts';
import { table } from '../table.ts';

export function blindPage(results: readonly BlindResult[]): string {
  const broken = results.filter((result) => result.broken.length > 0);
  const healthy = results.filter((result) => result.broken.length === 0);
  const twice = broken.filter((result) => result.broken.length === 2);
  const wrong = results.filter(({ outcome }) => outcome !== 'right');
  return [
    '## Blind draws',
    '',
    `${results.length} draws, ${unique(results.map(({ seed }) => `seed ${seed}`))}, ${unique(results.map(({ at }) => at.slice(0, 10)))}, Linux ${unique(results.map(({ kernel }) => kernel))},`,
    `commits ${unique(results.flatMap(({ revision }) => revision ?? []))}. Made by \`npm run bench:blind\`: names, nodes, ports, placements, policy engine, form of the target and`,
    'what is broken are drawn, and what is true follows from the draw. No draw is tried twice. *Right* is a first finding that is true and surer than possible.',
    '',
    outcomeTable(broken, healthy),
    '',
    `Of ${twice.length} draws broken twice, ${twice.filter(({ told }) => told === 2).length} had both causes named.`,
    '',
    '### What was not right',
    '',
    wrong.length === 0
      ? 'None.'
      : table([
          ['draw', 'broken', 'asked', 'outcome', 'found'],
          ...wrong.map(({ seed, draw, broken: what, asked, outcome, found }) => [
            `${seed}/${draw}`,
            what.join(' and ') || 'nothing',
            `\`${asked}\``,
            outcome,
            found,
          ]),
        ]),
    '',
    '### What is drawn, and what is true then',
    '',
    kindTable(broken),
  ].join('\n');
}

/** Of broken and of healthy draws; `confidently wrong` is a first finding surer than possible that is not true. */
export function outcomeTable(broken: readonly BlindResult[], healthy: readonly BlindResult[]): string {
  const of = (all: readonly BlindResult[], outcomes: readonly Outcome[]): string => {
    const found = all.filter(({ outcome }) => outcomes.includes(outcome)).length;
    return all.length === 0 ? '-' : `${found}/${all.length} (${((100 * found) / all.length).toFixed(1)} %)`;
  };
  return table([
    ['outcome', 'broken draws', 'healthy draws'],
    ...OUTCOMES.map((outcome) => [outcome, of(broken, [outcome]), of(healthy, [outcome])]),
    ['*confidently wrong: wrong or behind*', of(broken, ['wrong', 'behind']), of(healthy, ['wrong'])],
  ]);
}

function kindTable(broken: readonly BlindResult[]): string {
  return table([
    ['what is broken', 'true first findings', 'because', 'right, alone'],
    ...breaks.map(({ name, accepts, because }) => {
      const alone = broken.filter((each) => each.broken.length === 1 && each.broken[0] === name);
      return [
        name,
        accepts.join(', '),
        because,
        `${alone.filter(({ outcome }) => outcome === 'right').length}/${alone.length}`,
      ];
    }),
  ]);
}

function unique(words: readonly string[]): string {
  return [...new Set(words)].join(', ');
}

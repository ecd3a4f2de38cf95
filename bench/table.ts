/** Results of trials as Markdown. */
import type { Machine, Result } from './results.ts';

const MACHINES: readonly Machine[] = ['quiet', 'hog'];

/** How many were right, of all and of those that should be healthy, on each machine: the figures that must be at least 99 % and 100 %. */
export function totalsTable(results: readonly Result[]): string {
  const rows = MACHINES.map((machine) => {
    const there = results.filter((result) => result.machine === machine);
    const healthy = there.filter(({ expected }) => expected === 'healthy');
    return [machine === 'quiet' ? 'as it is' : 'a hog on every core', share(there), share(healthy)];
  });
  return table([['machine', 'right', 'healthy ones called healthy'], ...rows]);
}

/** Expected → found with its number, and in what it was wrong; only what was wrong. */
export function confusionList(results: readonly Result[]): string {
  const wrong = results.filter((result) => !isRight(result));
  const kinds = Map.groupBy(wrong, ({ scenario, machine, expected, found, wrong: points }) =>
    JSON.stringify([`${scenario}${machine === 'hog' ? ' (hog)' : ''}`, expected, found, points.join('; ')]),
  );
  const rows = [...kinds]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([kind, each]) => [...(JSON.parse(kind) as string[]), String(each.length)]);
  return rows.length === 0 ? 'None.' : table([['scenario', 'expected', 'found', 'wrong in', 'times'], ...rows]);
}

/** Each scenario with its share of right verdicts and its times. */
export function scenarioTable(results: readonly Result[]): string {
  const scenarios = [...Map.groupBy(results, ({ scenario }) => scenario)].toSorted(([a], [b]) => a.localeCompare(b));
  const rows = scenarios.map(([scenario, all]) => {
    const [quiet, hog] = MACHINES.map((machine) => all.filter((result) => result.machine === machine));
    const spreads = [quiet, hog].map((each = []) => spread(each.map(({ diagnoseMs }) => diagnoseMs)));
    return [
      scenario,
      all.at(-1)?.expected ?? '',
      ...[quiet, hog].map((each = []) => rightOf(each)),
      spread((quiet ?? []).map(({ labMs }) => labMs)),
      ...spreads,
    ];
  });
  return table([
    ['scenario', 'expected', 'right', 'right, hog', 'lab up, s', 'diagnose, s', 'diagnose, hog, s'],
    ...rows,
  ]);
}

export function isRight({ wrong }: Pick<Result, 'wrong'>): boolean {
  return wrong.length === 0;
}

function share(results: readonly Result[]): string {
  if (results.length === 0) return 'not run';
  return `${rightOf(results)} (${((100 * results.filter(isRight).length) / results.length).toFixed(1)} %)`;
}

function rightOf(results: readonly Result[]): string {
  return results.length === 0 ? '-' : `${results.filter(isRight).length}/${results.length}`;
}

/** Minimum / median / maximum in seconds. */
function spread(times: readonly (number | null)[]): string {
  const sorted = times.filter((ms) => ms !== null).toSorted((a, b) => a - b);
  const points = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return sorted.length === 0 ? '-' : points.map((ms) => ((ms ?? 0) / 1000).toFixed(1)).join(' / ');
}

export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

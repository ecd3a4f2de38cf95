import type { Trial } from './trial.ts';

/** Expected × found, as a Markdown table; empty where it never happened. */
export function confusionMatrix(trials: readonly Trial[]): string {
  const found = unique(trials.map((trial) => trial.found));
  const rows = unique(trials.map((trial) => trial.expected)).map((expected) => {
    const counts = found.map((answer) => trials.filter((t) => t.expected === expected && t.found === answer).length);
    return [expected, ...counts.map((count) => (count === 0 ? '' : String(count)))];
  });
  return table([['expected \\ found', ...found], ...rows]);
}

/** Each scenario with its share of right verdicts and its times, as a Markdown table. */
export function scenarioTable(trials: readonly Trial[]): string {
  const rows = [...Map.groupBy(trials, (trial) => trial.scenario)].map(([scenario, runs]) => [
    scenario,
    runs[0]?.expected ?? '',
    `${runs.filter((run) => run.wrong.length === 0).length}/${runs.length}`,
    spread(runs.map((run) => run.labMs)),
    spread(runs.map((run) => run.diagnoseMs)),
  ]);
  return table([['scenario', 'expected', 'right', 'lab up, s', 'diagnose, s'], ...rows]);
}

/** Minimum / median / maximum in seconds. */
function spread(times: readonly (number | null)[]): string {
  const sorted = times.filter((ms) => ms !== null).toSorted((a, b) => a - b);
  const points = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return points.map((ms) => (ms === undefined ? '-' : (ms / 1000).toFixed(1))).join(' / ');
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

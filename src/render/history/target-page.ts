/** The past of one target for eyes: its state now, its latency in a line, its changes. */
import { count, duration, percent } from '../../model/format.ts';
import type { PastResult, TargetHistory } from '../../model/history.ts';
import { labelled, type Section } from '../labelled.ts';
import { headline, openPage, type Page, type PageOptions, wrap } from '../page.ts';
import { shellWord } from '../shell.ts';
import { MARKS } from '../sweep/words.ts';
import { sparkline } from './sparkline.ts';
import { highest, type Streak, streaks } from './streaks.ts';
import { table } from './table.ts';
import { minute, span } from './words.ts';

/** Changes of state that fit a screen. */
const MOST_SPELLS = 20;
/** The label, its indent and the range behind the line. */
const BESIDE_SPARKLINE = 34;

export interface TargetHistoryOptions extends PageOptions {
  /** `--history` as it was given; null: the default file. */
  readonly asked: string | null;
}

export function renderTargetHistory(history: TargetHistory, options: TargetHistoryOptions): string {
  const page = openPage(options);
  const parts = history.clusters
    .filter(({ results }) => results.length > 0)
    .flatMap(({ cluster, kept, results }) => {
      const past = streaks(results);
      const [now] = past;
      return now === undefined
        ? []
        : [
            title(
              page,
              `${history.target} in ${cluster.name}: ${lasting(now, past.length === 1 && kept > results.length)}`,
              now,
            ),
            overTime(page, results, options.unicode),
            changes(page, past),
            again(page, results, { target: history.target, asked: options.asked }),
          ];
    });
  const shown = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${[...shown, page.paint.dim(page.text(history.file))].join('\n\n')}\n`;
}

function title(page: Page, what: string, now: Streak): string[] {
  const { green, red, yellow, bold } = page.paint;
  const brush = { healthy: green, faulty: red, inconclusive: yellow, unmeasured: yellow }[now.state];
  const left = `${MARKS[now.state]} ${what}`;
  const says = now.says === null || now.state === 'healthy' ? [] : [{ label: 'You see', items: [now.says] }];
  return [...headline(page, { left, right: '' }, (line) => bold(brush(line))), ...labelled(page, says)];
}

function lasting({ state, from }: Streak, isCutOff: boolean): string {
  return `${state} since ${minute(from)} UTC${isCutOff ? ' or before' : ''}`;
}

/** Not through `page.text`: the blocks of an ASCII page are ASCII already, and blanks at the ends must stay. */
function overTime(page: Page, results: readonly PastResult[], unicode: boolean): string[] {
  const inTime = results.toReversed();
  const width = page.width - BESIDE_SPARKLINE;
  const latency = (of: 'p50Ms' | 'p99Ms', name: string): string[] => {
    const values = inTime.map(({ percentiles }) => percentiles?.[of] ?? null);
    const known = values.filter((value) => value !== null);
    const [low, high] = [-(highest(known.map((value) => -value)) ?? 0), highest(known)];
    if (high === null) return [];
    const range = low === high ? duration(high) : `${duration(low)} to ${duration(high)}`;
    return [line(page, name, sparkline(values, { width, unicode, scale: 'log' }), range)];
  };
  const lost = inTime.map(({ lostShare }) => lostShare);
  const most = highest(lost.filter((value) => value !== null)) ?? 0;
  const losses =
    most === 0
      ? []
      : [line(page, 'lost', sparkline(lost, { width, unicode, scale: 'share' }), `0 to ${percent(most)}`)];
  const [first, last] = [inTime[0]?.startedAt ?? '', inTime.at(-1)?.startedAt ?? ''];
  const sections = [...latency('p50Ms', 'p50'), ...latency('p99Ms', 'p99'), ...losses];
  const until = first === last ? '' : ` to ${minute(last)}`;
  const extent = `${count(results.length, 'sweep')}, ${minute(first)}${until} UTC`;
  return [...sections, ...wrap(page.text(extent), page.width - 2).map((text) => `  ${page.paint.dim(text)}`)];
}

function line(page: Page, name: string, drawn: string, range: string): string {
  return `  ${page.paint.cyan(name.padEnd(4))}  ${drawn}  ${range}`;
}

function changes(page: Page, past: readonly Streak[]): string[] {
  const rows = past
    .slice(0, MOST_SPELLS)
    .map((streak) => [
      minute(streak.from),
      `${MARKS[streak.state]} ${streak.state}`,
      span(streak.from, streak.until ?? streak.seen),
      String(streak.sweeps),
      streak.p50Ms === null ? '' : duration(streak.p50Ms),
      streak.p99Ms === null ? '' : duration(streak.p99Ms),
      streak.lostShare === null ? '' : percent(streak.lostShare),
      streak.state === 'healthy' ? '' : (streak.says ?? ''),
    ]);
  const heads = ['From (UTC)', 'State', 'For', 'Sweeps', 'p50', 'Highest p99', 'Lost', 'Why'];
  const earlier = past.length - MOST_SPELLS;
  return [
    ...table(page, { heads, rows, dispensable: ['Sweeps', 'p50', 'Lost', 'For', 'Highest p99'] }),
    ...(earlier > 0
      ? [page.paint.dim(page.text(`${count(earlier, 'change')} before that; -o json has them all`))]
      : []),
  ];
}

function again(page: Page, results: readonly PastResult[], of: { target: string; asked: string | null }): string[] {
  const kept = results.filter(({ hasRecording }) => hasRecording);
  if (kept.length === 0) return [];
  const file = of.asked === null ? '' : ` --history ${shellWord(of.asked)}`;
  const command = `kprobe history ${shellWord(of.target)}${file} --save-recording - | kprobe explain -`;
  const others = kept.slice(1).map(({ run, startedAt }) => `--run ${run} (${minute(startedAt)})`);
  const sections: Section[] = [
    { label: 'Judge again', items: [command], verbatim: true },
    { label: 'Also kept', items: others, inline: true },
  ];
  return labelled(page, sections);
}

/** Progress on a terminal: one line for the run, one for each path that moved last, redrawn in place. */
import { createLogUpdate } from 'log-update';
import { duration } from '../model/format.ts';
import { columns, openPage, type Page, type PageOptions } from '../render/page.ts';
import { count, emptyTally, type Tally, totals } from './tally.ts';
import type { Screen } from './screen.ts';
import type { Shown } from './shown.ts';

/** Ten frames a second look alive and cost nothing. */
const FRAME_MS = 100;
/** More rows than this are not read while they move. */
const MOST_PATHS = 10;

export function showPicture(screen: Screen, options: PageOptions): Shown {
  const page = openPage(options);
  const tally = emptyTally();
  // The cursor stays visible: a killed process could not bring it back.
  const draw = createLogUpdate(screen, { showCursor: true });
  const began = performance.now();
  const redraw = () => draw(frame(page, tally, { elapsedMs: performance.now() - began, rows: screen.rows ?? 24 }));
  const timer = setInterval(redraw, FRAME_MS);
  timer.unref();
  return {
    reportProgress: (event) => count(tally, event),
    stop: () => {
      clearInterval(timer);
      draw.clear();
      draw.done();
    },
  };
}

/** One picture of at most `rows` lines less one, for the line that the cursor is on. */
export function frame(page: Page, tally: Tally, { elapsedMs, rows }: { elapsedMs: number; rows: number }): string {
  const { paths, pathsDone } = totals(tally);
  const progress = paths === 0 ? '' : `${pathsDone} of ${paths} paths`;
  const head = [tally.stage, tally.says, progress, targets(tally), duration(elapsedMs)];
  const room = Math.max(0, Math.min(MOST_PATHS, rows - 3));
  const lines = columns(lastMoved(tally, room).map((row) => row.map((cell) => page.text(cell))));
  const hidden = paths - lines.length;
  const more = hidden > 0 && lines.length > 0 ? [page.paint.dim(page.text(`  … ${hidden} more`))] : [];
  return [
    page.paint.bold(fit(page, head.filter((part) => part !== '').join(' · '))),
    ...lines.map((line) => fit(page, `  ${line}`)),
    ...more,
  ].join('\n');
}

function targets(tally: Tally): string {
  if (tally.targets === 0) return '';
  return `${tally.targets} targets judged${tally.unhealthy === 0 ? '' : `, ${tally.unhealthy} not healthy`}`;
}

function lastMoved(tally: Tally, most: number): string[][] {
  const paths = most === 0 ? [] : [...tally.paths.values()].slice(-most);
  return paths
    .toSorted((a, b) => a.id.localeCompare(b.id))
    .map(({ from, to, done, planned, lastMs, state }) => [
      `${from} → ${to}`,
      `${done}/${planned}`,
      lastMs === null ? '' : duration(lastMs),
      state,
    ]);
}

/** A line that wraps would make the picture jump. Cut by characters: names in clusters are ASCII. */
function fit(page: Page, line: string): string {
  const text = page.text(line);
  return text.length < page.width ? text : text.slice(0, page.width - 1);
}

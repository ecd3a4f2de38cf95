/** Progress for logs and pipes: each stage once, what went wrong, and now and then how far it is. */
import type { Progress } from '../model/progress.ts';
import { openPage, type PageOptions } from '../render/page.ts';
import { count, emptyTally, type Tally, totals } from './tally.ts';
import type { Screen } from './screen.ts';
import type { Shown } from './shown.ts';

/** Often enough to see that it lives, seldom enough not to fill a log. */
const LINE_MS = 5_000;
/** Of a hundred nodes that all lack an image, some say enough. */
const MOST_TROUBLES = 20;

export function showLines(screen: Screen, options: PageOptions): Shown {
  const page = openPage(options);
  const tally = emptyTally();
  let troubles = 0;
  let last = '';
  const say = (line: string | null) => {
    if (line === null || line === last) return;
    last = line;
    screen.write(`${page.text(line)}\n`);
  };
  const timer = setInterval(() => say(summary(tally)), LINE_MS);
  timer.unref();
  return {
    reportProgress: (event) => {
      count(tally, event);
      const line = worthSaying(event);
      if (line !== null && event.kind !== 'stage') troubles += 1;
      if (troubles <= MOST_TROUBLES) say(line);
    },
    stop: () => clearInterval(timer),
  };
}

function worthSaying(event: Progress): string | null {
  if (event.kind === 'stage') return `${event.stage}: ${event.says}`;
  if (event.kind === 'target') return event.status === 'healthy' ? null : `${event.key}: ${event.says}`;
  if (event.kind === 'limitation') return `not measured: ${event.limitation.what}: ${event.limitation.because}`;
  return event.kind === 'agent' && event.state === 'failed' ? `${event.agent} failed: ${event.says}` : null;
}

/** null: nothing countable is going on. */
function summary(tally: Tally): string | null {
  const { paths, pathsDone, schedules, shotsDone } = totals(tally);
  if (tally.stage !== 'collect' || paths === 0) return null;
  return `collect: ${pathsDone} of ${paths} paths done, ${shotsDone} of ${schedules} samples`;
}

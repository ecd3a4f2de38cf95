/** The last sweeps for eyes: when, how it stood, what changed. */
import { count, duration, list } from '../../model/format.ts';
import type { PastSweep, SweepHistory } from '../../model/history.ts';
import { openPage, type Page, type PageOptions } from '../page.ts';
import { MARKS } from '../sweep/words.ts';
import { table } from './table.ts';
import { minute } from './words.ts';

/** So many changed targets are named in a line. */
const MOST_NAMED = 4;
const STATES = { healthy: '✓', faulty: '✗', inconclusive: '?', unmeasured: 'unmeasured' } as const;

export function renderSweepHistory(history: SweepHistory, options: PageOptions): string {
  const page = openPage(options);
  const shown = history.clusters.filter(({ sweeps }) => sweeps.length > 0);
  const parts = shown.map((each) => clusterPart(page, each));
  const body = parts.length === 0 ? [[page.text('No sweep has been kept yet.')]] : parts;
  return `${[...body, [page.paint.dim(page.text(history.file))]].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function clusterPart(page: Page, { cluster, kept, sweeps }: SweepHistory['clusters'][number]): string[] {
  const extent = sweeps.length < kept ? `the last ${sweeps.length} of ${count(kept, 'sweep')}` : count(kept, 'sweep');
  const isOneSeries = new Set(sweeps.map(({ series }) => series)).size === 1;
  const heads = ['  When (UTC)', 'Status', ...(isOneSeries ? [] : ['Sweep']), 'Targets', 'Took', 'Changed'];
  const rows = sweeps.map((sweep) => [
    `${MARKS[sweep.status]} ${minute(sweep.startedAt)}`,
    sweep.status,
    ...(isOneSeries ? [] : [sweep.series]),
    targets(sweep),
    duration(sweep.tookMs),
    changed(sweep),
  ]);
  const title = page.paint.bold(page.text(`${cluster.name}: ${extent}`));
  return [title, '', ...table(page, { heads, rows, dispensable: ['Took', 'Sweep', 'Status', 'Targets'] })];
}

function targets({ targets: numbers }: PastSweep): string {
  return Object.entries(STATES)
    .map(([state, mark]) => ({ number: numbers[state as keyof typeof STATES], mark }))
    .filter(({ number }) => number > 0)
    .map(({ number, mark }) => `${number} ${mark}`)
    .join(' ');
}

function changed(sweep: PastSweep): string {
  return list(
    sweep.changed.map(({ key, change }) => `${change} ${key}`),
    MOST_NAMED,
  );
}

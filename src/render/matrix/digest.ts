/** What a matrix says in lines instead of a picture: zones, the worst nodes and node pairs, packet sizes, DNS. */
import { count, duration, interval, list, percent } from '../../model/format.ts';
import type { PathHealth } from '../../model/path-health.ts';
import type { MatrixCell, MatrixDns, MatrixReport } from '../../model/matrix.ts';
import { columns, type Page } from '../page.ts';
import { type Grid, isBad, latencyOf, middle } from './grid.ts';

const MOST_ROWS = 10;
/** More crossings than these are no overview any more. */
const MOST_CROSSINGS = 25;

/** For clusters too large for a picture. */
export function overview(page: Page, grid: Grid): string[] {
  const worst = worstNodes(grid);
  return [
    ...zoneTable(page, grid),
    ...nodeTable(page, worst),
    ...worstNodePairs(page, grid, new Set(worst.map(({ node }) => node))),
  ];
}

/** One line: how long node pairs take, what they lose, how many are bad. */
export function sums(grid: Grid): string {
  const measured = grid.cells.filter(({ state }) => state !== 'unmeasured');
  const working = measured.filter(({ state }) => state !== 'broken');
  const lost = working.reduce((sum, { attempts, lost: { share } }) => sum + attempts * share, 0);
  const tried = working.reduce((sum, { attempts }) => sum + attempts, 0);
  const states = (['broken', 'lossy', 'slow'] as const).flatMap((state) => {
    const some = measured.filter((cell) => cell.state === state).length;
    return some === 0 ? [] : [`${some} ${state}`];
  });
  const good = measured.filter(({ state }) => state === 'good').length;
  return [
    `${good} of ${count(measured.length, 'node pair')} good${states.length === 0 ? '' : `, ${list(states)}`}`,
    ...(working.length === 0 ? [] : [`p50 ${duration(middle(timesOf(working)))}`]),
    ...(Math.round(lost) === 0 ? [] : [`${percent(lost / tried)} of attempts lost on working node pairs`]),
    ...sizes(measured),
  ].join('; ');
}

function sizes(cells: readonly MatrixCell[]): string[] {
  const groups = Map.groupBy(
    cells.filter(({ mtuBytes }) => mtuBytes !== null),
    ({ mtuBytes }) => mtuBytes ?? 0,
  );
  const all = [...groups].toSorted(([, a], [, b]) => b.length - a.length);
  if (all.length === 0) return [];
  return [
    `packets of ${list(all.map(([bytes, own]) => (all.length === 1 ? `${bytes} B` : `${bytes} B (${count(own.length, 'node pair')})`)))} pass`,
  ];
}

function zoneTable(page: Page, grid: Grid): string[] {
  const zones = new Map(grid.nodes.map(({ name, zone }) => [name, zone ?? '(no zone)']));
  if (new Set(zones.values()).size < 2) return [];
  const crossings = Map.groupBy(grid.cells, ({ from, to }) => `${zones.get(from)} → ${zones.get(to)}`);
  if (crossings.size > MOST_CROSSINGS) return [page.text(`  ${crossings.size} crossings of zones: see -o csv`)];
  const sorted = [...crossings].toSorted(([a], [b]) => a.localeCompare(b));
  const rows = sorted.map(([name, cells]) => [`  ${name}`, ...numbers(cells)].map((cell) => page.text(cell)));
  return table(page, ['  Zones', 'Node pairs', 'p50', 'Bad'], rows);
}

interface Touched {
  readonly node: string;
  readonly cells: readonly MatrixCell[];
}

/** Beside one bad node all others have a bad node pair as well: such are not called worst. */
const WORST_SHARE = 0.25;

function worstNodes(grid: Grid): Touched[] {
  const touching = new Map<string, MatrixCell[]>();
  for (const cell of grid.cells) {
    for (const node of [cell.from, cell.to]) {
      const own = touching.get(node);
      if (own === undefined) touching.set(node, [cell]);
      else own.push(cell);
    }
  }
  return [...touching]
    .map(([node, cells]) => ({ node, cells, share: cells.filter(isBad).length / cells.length }))
    .filter(({ share }) => share >= WORST_SHARE)
    .toSorted((a, b) => b.share - a.share || a.node.localeCompare(b.node))
    .slice(0, MOST_ROWS);
}

function nodeTable(page: Page, worst: readonly Touched[]): string[] {
  const rows = worst.map(({ node, cells }) => [`  ${node}`, ...numbers(cells)].map((cell) => page.text(cell)));
  return table(page, ['  Worst nodes', 'Node pairs', 'p50', 'Bad'], rows);
}

const RANK: Readonly<Record<PathHealth, number>> = { broken: 0, lossy: 1, slow: 2, good: 3, unmeasured: 4 };

function worstNodePairs(page: Page, grid: Grid, known: ReadonlySet<string>): string[] {
  const worst = grid.cells
    .filter((cell) => isBad(cell) && !known.has(cell.from) && !known.has(cell.to))
    .toSorted(
      (a, b) =>
        RANK[a.state] - RANK[b.state] || b.lost.share - a.lost.share || (latencyOf(b) ?? 0) - (latencyOf(a) ?? 0),
    );
  const rows = worst.slice(0, MOST_ROWS).map((cell) => {
    const ms = latencyOf(cell);
    const lost = cell.lost.share === 0 ? '' : `${percent(cell.lost.share)} lost (${interval(cell.lost.interval)})`;
    return [`  ${cell.from} → ${cell.to}`, cell.state, ms === null ? '' : duration(ms), lost].map((each) =>
      page.text(each),
    );
  });
  const more = worst.length > MOST_ROWS ? [page.text(`  and ${worst.length - MOST_ROWS} more: see -o csv`)] : [];
  return [...table(page, ['  Worst node pairs', 'State', 'p50', 'Lost'], rows), ...more];
}

/** Node pairs, the middle of their p50, and how many are not good. */
function numbers(cells: readonly MatrixCell[]): string[] {
  const times = timesOf(cells);
  const bad = cells.filter(isBad).length;
  return [String(cells.length), times.length === 0 ? '-' : duration(middle(times)), bad === 0 ? '' : String(bad)];
}

/** DNS, a line a server. */
export function dnsTable(page: Page, { dns }: MatrixReport): string[] {
  const servers = Map.groupBy(dns, ({ server }) => server);
  const rows = [...servers].slice(0, MOST_ROWS).map(([server, asked]) => {
    const bad = asked.filter(({ state }) => state === 'broken' || state === 'lossy' || state === 'slow');
    const times = asked.flatMap(({ roundTrip }) => roundTrip?.p50Ms ?? []);
    return [
      `  ${asked[0]?.name} ${server}`,
      `${asked.filter(({ state }) => state !== 'unmeasured').length}`,
      times.length === 0 ? '-' : duration(middle(times)),
      bad.length === 0 ? '' : troubles(bad),
    ].map((cell) => page.text(cell));
  });
  const more = servers.size > MOST_ROWS ? [page.text(`  and ${servers.size - MOST_ROWS} more: see -o csv`)] : [];
  return [...table(page, ['  DNS', 'Nodes', 'p50', 'Bad'], rows), ...more];
}

function troubles(bad: readonly MatrixDns[]): string {
  return [...Map.groupBy(bad, ({ state }) => state)]
    .map(
      ([state, own]) =>
        `${state} from ${list(
          own.map(({ node }) => node),
          3,
        )}`,
    )
    .join('; ');
}

function timesOf(cells: readonly MatrixCell[]): number[] {
  return cells.flatMap((cell) => latencyOf(cell) ?? []);
}

function table(page: Page, header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const [first = '', ...lines] = columns([header, ...rows]);
  return [page.paint.bold(first), ...lines];
}

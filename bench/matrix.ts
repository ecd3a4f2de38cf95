/**
 * What a matrix of 50, 500 and 5,000 nodes costs, and whether it finds what it says that it finds:
 * `npm run bench:matrix [-- --trials 1000 --write]`. Nothing is measured on a network; plan, place, collect and judge are the real
 * ones. Exits 1 where a cost grows faster than the nodes, where 5,000 nodes take too long or too much memory, or where a
 * statement is not held. `--write` puts the tables into docs/performance.md.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keepTable } from './kept-table.ts';
import { countCalls, type Calls } from './matrix/api-calls.ts';
import { detect, type Detection } from './matrix/detection.ts';
import type { Measure } from './matrix/measure.ts';
import { bigCluster, planned } from './matrix/synthetic.ts';

const SIZES = [50, 500, 5000] as const;
/** Nodes, zones and rounds: zones enough that not every crossing is measured where they are many. */
const CLUSTERS = [
  [50, 6, 1],
  [500, 6, 1],
  [500, 6, 10],
  [500, 60, 1],
  [5000, 60, 1],
] as const;
const MOST_MS = 10_000;
const MOST_MB = 400;
/** V8 takes what it may; this is what it may: the old generation, in megabytes. */
const HEAP_MB = 290;

const { values } = parseArgs({
  options: { trials: { type: 'string', default: '1000' }, write: { type: 'boolean', default: false } },
});
const costs: (Measure & Calls)[] = [];
for (const nodes of SIZES) {
  const [well, broken] = [measure(nodes, 'none'), measure(nodes, 'node')];
  const worse = {
    ...well,
    cpuMs: Math.max(well.cpuMs, broken.cpuMs),
    elapsedMs: Math.max(well.elapsedMs, broken.elapsedMs),
  };
  const measured = { ...worse, peakMb: Math.max(well.peakMb, broken.peakMb) };
  costs.push({ ...measured, ...(await countCalls(planned(bigCluster(nodes, 3), ['pod'], 'bench').plan)) });
}
const detections = CLUSTERS.map(([nodes, zones, rounds]) => ({
  nodes,
  zones,
  rounds,
  found: detect(bigCluster(nodes, zones), trialsOf(rounds), rounds),
}));
const page = `${costTable()}\n\n${detectionTable()}\n`;
process.stdout.write(page);
if (values.write) keepTable('matrix', page);
const complaints = [
  ...costComplaints(),
  ...detections.flatMap(({ nodes, found }) =>
    found
      .filter(({ agrees }) => !agrees)
      .map(({ fault }) => `${nodes} nodes: one cut ${fault} is not found as often as stated`),
  ),
];
for (const complaint of complaints) process.stderr.write(`bench: ${complaint}\n`);
process.exitCode = complaints.length === 0 ? 0 : 1;

/** In a process of its own, so that the memory is that of this size alone. */
function measure(nodes: number, fault: 'none' | 'node'): Measure {
  const file = fileURLToPath(new URL('matrix/measure.ts', import.meta.url));
  const limits = [`--max-old-space-size=${HEAP_MB}`, '--max-semi-space-size=8'];
  return JSON.parse(
    execFileSync(process.execPath, [...limits, file, String(nodes), 'pod', fault], { encoding: 'utf8' }),
  ) as Measure;
}

/** A trial of several rounds is as many matrices. */
function trialsOf(rounds: number): number {
  return Math.ceil(Number(values.trials) / (rounds === 1 ? 1 : 2.5));
}

function costTable(): string {
  const columns: [string, (cost: (typeof costs)[number]) => number][] = [
    ['probe pods', ({ pods }) => pods],
    ['node pairs', ({ nodePairs }) => nodePairs],
    ['attempts', ({ attempts }) => attempts],
    ['API calls', ({ calls }) => calls],
    ['ConfigMaps', ({ configMaps }) => configMaps],
  ];
  const rows = costs.map((cost, at) => {
    const before = costs[at - 1];
    const cells = columns.map(([, of]) =>
      before === undefined ? `${of(cost)}` : `${of(cost)} (× ${ratio(of(cost), of(before))})`,
    );
    const seconds = `${(cost.cpuMs / 1000).toFixed(1)} (${(cost.elapsedMs / 1000).toFixed(1)})`;
    return [`${cost.nodes}`, ...cells, seconds, `${Math.round(cost.peakMb)}`];
  });
  return table([
    ['nodes', ...columns.map(([name]) => name), 'plan + judge, processor s (elapsed)', 'most memory, MB'],
    ...rows,
  ]);
}

function detectionTable(): string {
  const cell = ({ stated, found, of, interval }: Detection) =>
    `${percent(stated)} stated; ${found} of ${of} found (${percent(interval[0])} to ${percent(interval[1])})`;
  const rows = detections.map(({ nodes, zones, rounds, found }) => [
    `${nodes} in ${zones} zones${rounds === 1 ? '' : `, ${rounds} rounds`}`,
    ...found.map(cell),
  ]);
  return table([['nodes', 'one cut node pair', 'one node cut off', 'one cut crossing of zones'], ...rows]);
}

function costComplaints(): string[] {
  const [, middle, large] = costs;
  if (middle === undefined || large === undefined) return [];
  const growth = large.nodes / middle.nodes;
  const grown = (['pods', 'nodePairs', 'attempts', 'calls'] as const).filter(
    (name) => large[name] > 1.1 * growth * middle[name],
  );
  return [
    ...grown.map((name) => `${name} grow faster than the nodes`),
    ...(large.cpuMs > MOST_MS ? [`plan and judge take ${Math.round(large.cpuMs)} ms`] : []),
    ...(large.peakMb > MOST_MB ? [`plan and judge take ${Math.round(large.peakMb)} MB`] : []),
  ];
}

function ratio(now: number, before: number): string {
  return (now / before).toFixed(1);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 2 : 1)} %`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

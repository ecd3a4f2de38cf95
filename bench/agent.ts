/**
 * What one probe costs, beside a bare Go client and a bare loop of Node's sockets in the same run, in turn:
 * `npm run bench:agent [-- --kinds http,tcp,dns,udp --rates 10,100,400 --seconds 10 --rounds 3 --write --check]`. The agent is started as
 * its pods start it. Go's client is compiled here where there is a Go compiler, and said to be missing otherwise. `--write` puts the table into
 * docs/performance.md; `--check` exits 1 where a ratio is more than twice the one that is kept there.
 */
import { parseArgs } from 'node:util';
import { median } from '../src/judge/evidence/median.ts';
import { PROBERS, prepareProbers, startServer } from './agent/probers.ts';
import type { Prober } from './agent/probers.ts';
import { grown, keepTable } from './kept-table.ts';
import { table } from './table.ts';

interface Cost {
  readonly cpuMs: number;
  readonly residentMb: number;
  readonly privateMib: number;
  readonly connectMs: number | null;
  /** From the start of the process to its first connection; null where that was not a TCP one. */
  readonly firstPacketMs: number | null;
}

const NAMES = { kprobe: 'kprobe', go: 'Go', node: 'Node' } as const satisfies Record<Prober, string>;
const FIGURES: readonly { name: string; of: (cost: Cost) => number | null; digits: number }[] = [
  { name: 'CPU a probe, ms', of: ({ cpuMs }) => cpuMs, digits: 2 },
  { name: 'resident MB', of: ({ residentMb }) => residentMb, digits: 0 },
  { name: 'private MiB', of: ({ privateMib }) => privateMib, digits: 0 },
  { name: 'connect ms, median', of: ({ connectMs }) => connectMs, digits: 2 },
  { name: 'start to first packet, ms', of: ({ firstPacketMs }) => firstPacketMs, digits: 0 },
];
const RATIOS = ['kprobe / Go', 'kprobe / Node'] as const;

const { values } = parseArgs({
  options: {
    kinds: { type: 'string', default: 'http,tcp,dns,udp' },
    rates: { type: 'string', default: '10,100,400' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
await using probers = await prepareProbers();

const rows: string[][] = [
  [
    'kind',
    'a second',
    ...RATIOS,
    ...FIGURES.flatMap(({ name }) => PROBERS.map((prober) => `${name}: ${NAMES[prober]}`)),
  ],
];
for (const kind of values.kinds.split(',')) {
  for (const rate of values.rates.split(',').map(Number)) {
    const costs = new Map<Prober, Cost[]>(PROBERS.map((prober) => [prober, []]));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const prober of probers.names) costs.get(prober)?.push(await costOf(prober, kind, rate));
    }
    rows.push(rowOf(kind, rate, costs));
    console.error(rows.at(-1)?.join('  '));
  }
}
const shown = table(rows);
console.log(shown);
if (values.write) keepTable('agent', shown);
const complaints = values.check ? grown('agent', rows, RATIOS, 2) : [];
for (const complaint of complaints) console.error(`bench:agent: ${complaint}`);
process.exitCode = complaints.length === 0 ? 0 : 1;

function rowOf(kind: string, rate: number, costs: ReadonlyMap<Prober, readonly Cost[]>): string[] {
  const middle = (prober: Prober, of: (cost: Cost) => number | null) =>
    median((costs.get(prober) ?? []).flatMap((cost) => of(cost) ?? []));
  const cell = (figure: number | null, digits: number) => (figure === null ? '-' : figure.toFixed(digits));
  const cpu = (prober: Prober) => middle(prober, ({ cpuMs }) => cpuMs);
  const ratio = (peer: Prober) => {
    const [own, others] = [cpu('kprobe'), cpu(peer)];
    return own === null || others === null ? null : own / others;
  };
  return [
    kind,
    String(rate),
    ...(['go', 'node'] as const).map((peer) => cell(ratio(peer), 2)),
    ...FIGURES.flatMap(({ of, digits }) => PROBERS.map((prober) => cell(middle(prober, of), digits))),
  ];
}

async function costOf(prober: Prober, kind: string, rate: number): Promise<Cost> {
  await using server = await startServer();
  const count = Math.round(rate * Number(values.seconds));
  const load = { kind, port: server.ports[kind] ?? 0, rate, count };
  const { cpuMs, startedAt, told, ...memory } = await probers.run(prober, load);
  const firstAt = server.firstAt();
  const isTcp = kind === 'http' || kind === 'tcp';
  return {
    ...memory,
    cpuMs: cpuMs / count,
    firstPacketMs: firstAt === null ? null : firstAt - startedAt,
    connectMs: isTcp ? median(told.map(({ connectMs }) => connectMs)) : null,
  };
}

/**
 * How exact phases are, held against the packets on the same interface (tcpdump), beside a bare Go client's own figures in the same run:
 * `npm run bench:truth [-- --rates 10,100,200 --machines idle,hog --seconds 10 --rounds 1 --write --check]`. `--write` puts the table into
 * docs/performance.md; `--check` exits 1 where the agent's error is more than twice as large a multiple of Go's (or the Node loop's) as is kept
 * there. Where there is no tcpdump nothing is measured, and that is said.
 */
import { parseArgs } from 'node:util';
import { capture } from './agent/capture.ts';
import type { Truth } from './agent/capture.ts';
import { PROBERS, prepareProbers, startServer } from './agent/probers.ts';
import type { Prober, Told } from './agent/probers.ts';
import { startHogs } from './hog.ts';
import { grown, keepTable } from './kept-table.ts';
import { table } from './table.ts';

const NAMES = { kprobe: 'kprobe', go: 'Go', node: 'Node' } as const satisfies Record<Prober, string>;
const PHASES = [
  { name: 'connect', of: ({ connectMs }: Told | Truth) => connectMs },
  { name: 'first byte', of: ({ firstByteMs }: Told | Truth) => firstByteMs },
] as const;
const QUANTILES = [
  { name: 'median', share: 0.5 },
  { name: 'p99', share: 0.99 },
] as const;
const RATIOS = ['median: kprobe / Go', 'median: kprobe / Node'] as const;

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '10,100,200' },
    machines: { type: 'string', default: 'idle,hog' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
await using probers = await prepareProbers();

const head = QUANTILES.flatMap(({ name }) => PROBERS.map((prober) => `${name}, ms: ${NAMES[prober]}`));
const rows: string[][] = [['machine', 'a second', 'phase', ...RATIOS, ...head]];
for (const machine of values.machines.split(',')) {
  await using _hogs = machine === 'hog' ? startHogs() : null;
  for (const rate of values.rates.split(',').map(Number)) {
    const found = await errorsAt(rate);
    if (found === null) {
      console.error('bench:truth: NOT RUN: there is no tcpdump here, or no right to capture');
      process.exit(0);
    }
    rows.push(...PHASES.map(({ name }) => [machine, String(rate), name, ...cellsOf(name, found)]));
  }
}
const shown = table(rows);
console.log(shown);
if (values.write) keepTable('truth', shown);
const complaints = values.check ? grown('truth', rows, RATIOS, 3) : [];
for (const complaint of complaints) console.error(`bench:truth: ${complaint}`);
process.exitCode = complaints.length === 0 ? 0 : 1;

/** By prober and phase, milliseconds that its figure was too long (or short) for each attempt; null where nothing can be captured. */
type Errors = ReadonlyMap<Prober, Readonly<Record<string, readonly number[]>>>;

async function errorsAt(rate: number): Promise<Errors | null> {
  const errors = new Map(PROBERS.map((prober) => [prober, { connect: [] as number[], 'first byte': [] as number[] }]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const prober of probers.names) {
      await using server = await startServer();
      const port = server.ports['http'] ?? 0;
      const capturing = await capture(port);
      if (capturing === null) return null;
      const { told } = await probers.run(prober, { kind: 'http', port, rate, count: rate * Number(values.seconds) });
      const truths = await capturing.end();
      for (const attempt of told) {
        const truth = truths.get(attempt.port);
        for (const { name, of } of PHASES) {
          const [own, real] = [of(attempt), truth === undefined ? null : of(truth)];
          if (own !== null && real !== null) errors.get(prober)?.[name].push(own - real);
        }
      }
    }
  }
  return errors;
}

function cellsOf(phase: string, errors: Errors): string[] {
  const at = (prober: Prober, share: number) => quantile((errors.get(prober)?.[phase] ?? []).map(Math.abs), share);
  const cell = (value: number | null) => (value === null ? '-' : value.toFixed(3));
  const ratio = (peer: Prober) => {
    const [own, others] = [at('kprobe', 0.5), at(peer, 0.5)];
    return own === null || others === null || others === 0 ? '-' : (own / others).toFixed(2);
  };
  return [
    ratio('go'),
    ratio('node'),
    ...QUANTILES.flatMap(({ share }) => PROBERS.map((prober) => cell(at(prober, share)))),
  ];
}

function quantile(numbers: readonly number[], share: number): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

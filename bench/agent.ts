/**
 * What one probe costs, beside a bare Go client and a bare loop of Node's sockets in the same run, in turn:
 * `npm run bench:agent [-- --kinds http,tcp,dns,udp --rates 10,100,400 --seconds 10 --rounds 3]`. The agent is started as its pods
 * start it. Go's client is compiled here where there is a Go compiler, and said to be missing otherwise. It prints the table that
 * docs/performance.md keeps.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { WIRE_VERSION } from '../probes/wire.ts';
import type { Probe, Sample } from '../probes/wire.ts';
import { median } from '../src/judge/evidence/median.ts';
import { bundleAgent } from '../src/place/bundle.ts';
import { AGENT_FLAGS } from '../src/place/pod.ts';
import { measure } from './agent/measured.ts';
import { table } from './table.ts';

const PROBERS = ['kprobe', 'go', 'node'] as const;
type Prober = (typeof PROBERS)[number];
type Ports = Readonly<Record<string, number>>;

interface Cost {
  readonly cpuMs: number;
  readonly residentMb: number;
  readonly connectMs: number;
  /** From the start of the process to its first connection; null where that was not a TCP one. */
  readonly firstPacketMs: number | null;
}

const { values } = parseArgs({
  options: {
    kinds: { type: 'string', default: 'http,tcp,dns,udp' },
    rates: { type: 'string', default: '10,100,400' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
  },
});
const seconds = Number(values.seconds);
const here = new URL('.', import.meta.url).pathname;
await using folder = await temporaryFolder();
const agent = join(folder.path, 'agent.mjs');
await writeFile(agent, await bundleAgent());
const go = compileGo();

const rows: string[][] = [];
for (const kind of values.kinds.split(',')) {
  for (const rate of values.rates.split(',').map(Number)) {
    const costs = new Map<Prober, Cost[]>(PROBERS.map((prober) => [prober, []]));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const prober of PROBERS) {
        const cost = await costOf(prober, kind, rate);
        if (cost !== null) costs.get(prober)?.push(cost);
      }
    }
    rows.push(rowOf(kind, rate, costs));
    console.error(rows.at(-1)?.join('  '));
  }
}
const head = [
  'kind',
  'a second',
  'CPU a probe, ms: kprobe',
  'Go',
  'Node',
  'kprobe / Go',
  'kprobe / Node',
  'resident MB: kprobe',
  'Go',
  'Node',
  'connect ms, median: kprobe',
  'Go',
  'Node',
  'start to first packet, ms: kprobe',
  'Go',
  'Node',
];
console.log(table([head, ...rows]));

function rowOf(kind: string, rate: number, costs: ReadonlyMap<Prober, readonly Cost[]>): string[] {
  const of = (pick: (cost: Cost) => number | null) =>
    PROBERS.map((prober) => median((costs.get(prober) ?? []).flatMap((cost) => pick(cost) ?? [])));
  const shown = (figures: readonly (number | null)[], digits: number) =>
    figures.map((figure) => (figure === null ? '-' : figure.toFixed(digits)));
  const cpu = of(({ cpuMs }) => cpuMs);
  const [own = null, ...peers] = cpu;
  return [
    kind,
    String(rate),
    ...shown(cpu, 2),
    ...shown(
      peers.map((peer) => (own === null || peer === null ? null : own / peer)),
      2,
    ),
    ...shown(
      of(({ residentMb }) => residentMb),
      0,
    ),
    ...shown(
      of(({ connectMs }) => connectMs),
      2,
    ),
    ...shown(
      of(({ firstPacketMs }) => firstPacketMs),
      0,
    ),
  ];
}

async function costOf(prober: Prober, kind: string, rate: number): Promise<Cost | null> {
  if (prober === 'go' && go === null) return null;
  await using server = await startServer();
  const count = Math.round(rate * seconds);
  const port = server.ports[kind] ?? 0;
  const peer = ['127.0.0.1', String(port), String(rate), String(count)];
  const first = (line: string) => line.startsWith('{"ready"') || line.startsWith('{"type":"hello"');
  let told = 0;
  const last = (line: string) =>
    prober === 'kprobe' ? line.startsWith('{"type":"sample"') && (told += 1) === count : line.startsWith('{"answered"');
  const command =
    prober === 'kprobe'
      ? [process.execPath, ...AGENT_FLAGS, agent, '--assignment', await assignment(kind, port, rate, count)]
      : prober === 'go'
        ? [go ?? '', kind, ...peer]
        : [process.execPath, join(here, 'agent/loop.ts'), kind, ...peer];
  const { cpuMs, residentMb, startedAt, lines } = await measure(command, first, last);
  const firstPacketMs = server.firstAt() === null ? null : (server.firstAt() ?? 0) - startedAt;
  return { cpuMs: cpuMs / count, residentMb, firstPacketMs, connectMs: median(connects(prober, lines)) ?? 0 };
}

function connects(prober: Prober, lines: readonly string[]): number[] {
  if (prober !== 'kprobe') return (JSON.parse(lines.at(-1) ?? '{}') as { connectMs: number[] }).connectMs;
  const samples = lines.filter((line) => line.startsWith('{"type":"sample"')).map((line) => JSON.parse(line) as Sample);
  const bad = samples.find(({ outcome }) => outcome.kind !== 'answered');
  if (bad !== undefined) throw new Error(`bench:agent: an attempt was not answered: ${JSON.stringify(bad)}`);
  return samples.map(({ phases, totalMs }) => phases.connect ?? totalMs);
}

async function assignment(kind: string, port: number, rate: number, count: number): Promise<string> {
  const to = { address: '127.0.0.1', port };
  const probes: Readonly<Record<string, Probe>> = {
    http: { kind: 'http', to, tls: false, host: 'bench.example.com', path: '/' },
    tcp: { kind: 'tcp', to, echo: false, bytes: 0 },
    dns: { kind: 'dns', to, transport: 'udp', name: 'a.example.com', type: 'A' },
    udp: { kind: 'udp', to, bytes: 100 },
  };
  const probe = probes[kind];
  const schedules = [{ path: 'p', probe, startMs: 0, everyMs: 1000 / rate, count, limitMs: 5000 }];
  const file = join(folder.path, 'assignment.json');
  // It answers too, so that it stays until it has been measured.
  const answers = { tcp: [0], udp: [] };
  await writeFile(
    file,
    JSON.stringify({
      version: WIRE_VERSION,
      run: 'bench',
      agent: 'bench',
      answers,
      schedules,
      deadlineMs: seconds * 1000 + 20_000,
    }),
  );
  return file;
}

async function startServer(): Promise<AsyncDisposable & { ports: Ports; firstAt: () => number | null }> {
  const child = spawn(process.execPath, [join(here, 'agent/server.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  let firstAt: number | null = null;
  const lines = createInterface({ input: child.stdout });
  const ports = await new Promise<Ports>((resolve) => {
    lines.on('line', (line) => {
      const told = JSON.parse(line) as Ports;
      if (told['firstAt'] === undefined) resolve(told);
      else firstAt = told['firstAt'];
    });
  });
  const gone = once(child, 'exit');
  return {
    ports,
    firstAt: () => firstAt,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await gone;
    },
  };
}

function compileGo(): string | null {
  const program = join(folder.path, 'client');
  try {
    execFileSync('go', ['build', '-o', program, join(here, 'agent/client.go')], { stdio: 'pipe' });
    return program;
  } catch (error) {
    console.error(`bench:agent: no Go client, so nothing is compared with one: ${String(error).split('\n', 1)[0]}`);
    return null;
  }
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'kprobe-bench-agent-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * What following costs beside other traffic through the same hooks: `npm run bench:trace [-- --rate 5000 --seconds 1 --blocks 60 --write]`. In a network
 * namespace of its own, with a rule that drops kprobe's packets. The others' packets are forwarded through it, as those between pods are by their node (three
 * hooks): connections whose ends sleep while they wait, as programs do, and datagrams whose ends never sleep, which takes least and so shows most; or they begin and
 * end in it (four hooks each way). A block is four windows: alone, beside, beside, alone, so that a machine that gets
 * slower or faster meanwhile cancels out; its ratio is that of the two means. Beside it stand, in turn: a tracer; its table alone, with no process; a rule that would
 * tag packets in a chain that none comes to, which turns the kernel's tracing on for all tables (nft_trace_enabled, net/netfilter/nf_tables_core.c) and is the
 * least that any tracer costs; and nobody, which is the control: what it scatters by, the machine does. It prints the table that docs/performance.md keeps.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ownRules, ownTable } from '../probes/trace/table.ts';
import { parseMessage } from '../probes/parse.ts';
import { WIRE_VERSION } from '../probes/wire.ts';
import type { Assignment, Message, Peers } from '../probes/wire.ts';
import { median } from '../src/judge/evidence/median.ts';
import { bundleAgent } from '../src/place/bundle.ts';
import { AGENT_FLAGS } from '../src/place/pod.ts';
import { keepTable } from './kept-table.ts';
import { medianInterval } from './median-interval.ts';
import { table } from './table.ts';
import { startTraffic, WAYS } from './trace/ways.ts';
import type { OthersTraffic, Way } from './trace/ways.ts';
import type { Traffic } from './trace/traffic.ts';

const INSIDE = 'KPROBE_BENCH_TRACE';
const DROPPED_PORT = 8080;
const PORTS = { first: 61_000, count: 8 };
const RULES = `table inet site { chain arriving { type filter hook input priority 7; tcp dport ${DROPPED_PORT} counter drop; }; }`;
const TABLE = 'kprobe-bench';
const FLOW = {
  path: 'own',
  protocol: 'tcp',
  sourcePorts: PORTS,
  from: { agent: 'source', addresses: [] },
  to: [{ address: '127.0.0.1', port: DROPPED_PORT }],
} as const;
const ORDER = { table: TABLE, packetsPerSecond: 20, mostPackets: 1000, flows: [FLOW] };
/** As a tracer knows it once its peers are told. */
const KNOWN = { ...FLOW, index: 0, sources: ['127.0.0.1'], targets: FLOW.to };
const READY_MS = 60_000;
/** Starting and ending are no part of what is measured, milliseconds: of a tracer, and of a mere table. */
const SETTLE_MS = 500;
const TABLE_SETTLES_MS = 100;
const KNOCK_EVERY_MS = 300;

/** What stands beside the packets of others, in turn. */
const KINDS = ['tracer', 'table', 'switch', 'control'] as const;
type Kind = (typeof KINDS)[number];
/** What has no process comes and goes at once, so there can be more of it in the same time. */
const ROUND: readonly Kind[] = [
  'tracer',
  ...Array.from({ length: 4 }, () => ['table', 'switch', 'control'] as const).flat(),
];
const KIND_NAMES: Readonly<Record<Kind, string>> = {
  tracer: 'a tracer',
  table: 'its table alone',
  switch: 'a tagging rule that nothing meets',
  control: 'nobody (control)',
};

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '1' },
    blocks: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
});

if (process.env[INSIDE] === undefined) {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', ['--user', '--map-root-user', '--net', ...again], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, [INSIDE]: '1' },
  });
  process.exitCode = status ?? 1;
} else {
  await bench();
}

async function bench(): Promise<void> {
  spawnSync('ip', ['link', 'set', 'lo', 'up']);
  spawnSync('nft', ['-f', '-'], { input: RULES });
  const folder = mkdtempSync(join(tmpdir(), 'kprobe-bench-trace-'));
  writeFileSync(join(folder, 'agent.mjs'), await bundleAgent());
  const window = { perSecond: Number(values.rate), seconds: Number(values.seconds) };
  const blocks: Block[] = [];
  for (const way of WAYS) {
    using others = await startTraffic(way);
    await others.exchange({ ...window, seconds: 1 }); // warm
    for (let index = 0; index < Number(values.blocks); index += 1) {
      const kind = ROUND[index % ROUND.length] ?? 'control';
      const block = { way, ...(await blockOf(kind, { folder, window, others })) };
      blocks.push(block);
      console.error(
        `${way} ${index + 1} ${kind}: ${ratioOf(block).toFixed(3)} (${meanOf(block.alone).toFixed(3)} ms alone)`,
      );
    }
  }
  rmSync(folder, { recursive: true });
  print(blocks);
}

type Passed = Awaited<ReturnType<OthersTraffic['exchange']>>;

interface Block {
  readonly way: Way;
  readonly kind: Kind;
  readonly alone: readonly Passed[];
  readonly beside: readonly Passed[];
  readonly own: number;
  readonly others: number;
  /** Of one core, tracer and its two nft, in the windows alone: starting Node costs some 0.2 s once. */
  readonly cpuShare: number;
}

interface Setting {
  readonly folder: string;
  readonly window: Traffic;
  readonly others: OthersTraffic;
}

async function blockOf(kind: Block['kind'], { folder, window, others }: Setting): Promise<Omit<Block, 'way'>> {
  const first = await others.exchange(window);
  const tracer = await startBeside(kind, folder);
  const knocking = setInterval(() => knock(), KNOCK_EVERY_MS);
  const [cpuBefore, began] = [tracer.cpuMs(), performance.now()];
  const beside = [await others.exchange(window), await others.exchange(window)];
  const cpuShare = (tracer.cpuMs() - cpuBefore) / (performance.now() - began);
  clearInterval(knocking);
  const messages = await tracer.stop();
  await sleep(kind === 'tracer' ? SETTLE_MS : TABLE_SETTLES_MS);
  return { kind, alone: [first, await others.exchange(window)], beside, cpuShare, ...told(messages) };
}

function meanOf(windows: readonly Passed[]): number {
  return windows.reduce((sum, { medianMs }) => sum + medianMs, 0) / windows.length;
}

function ratioOf({ alone, beside }: Pick<Block, 'alone' | 'beside'>): number {
  return meanOf(beside) / meanOf(alone);
}

function told(messages: readonly Message[]): Pick<Block, 'own' | 'others'> {
  const traces = messages.filter((each) => each.type === 'rule-trace');
  const isOwn = (lines: readonly string[]) => /\b(?:sport|dport) 6100[0-7]\b/u.test(lines.join('\n'));
  const cost = messages.find((each) => each.type === 'trace-cost');
  return {
    own: traces.filter(({ lines }) => isOwn(lines)).length,
    others: traces.filter(({ lines }) => !isOwn(lines)).length + (cost?.leftOut ?? 0),
  };
}

/** A connection attempt of kprobe's own, which the rule drops. */
function knock(): void {
  const localPort = PORTS.first + Math.floor(Math.random() * PORTS.count);
  const socket = connect({ host: '127.0.0.1', port: DROPPED_PORT, localPort });
  socket.on('error', () => undefined);
  setTimeout(() => socket.destroy(), 400);
}

interface Companion {
  cpuMs(): number;
  stop(): Promise<Message[]>;
}

async function startBeside(kind: Kind, folder: string): Promise<Companion> {
  if (kind === 'tracer') return startTracer(folder);
  if (kind === 'table')
    nft(`${ownTable({ table: TABLE, flows: [FLOW] }).replace('flags owner;', '')}\n${ownRules(ORDER, [KNOWN])}`);
  if (kind === 'switch') nft(`table inet ${TABLE} { chain never { meta nftrace set 1; }; }`);
  await sleep(TABLE_SETTLES_MS);
  return {
    cpuMs: () => 0,
    async stop() {
      if (kind !== 'control') nft(`delete table inet ${TABLE}`);
      return [];
    },
  };
}

/** @throws Error with what nft says where it refuses. */
function nft(input: string): void {
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input });
  if (status !== 0) throw new Error(stderr.toString());
}

async function startTracer(folder: string): Promise<Companion> {
  const assignment: Assignment = {
    version: WIRE_VERSION,
    run: 'bench',
    agent: 'tracer@here',
    answers: { tcp: [], udp: [] },
    schedules: [],
    deadlineMs: 600_000,
    traces: ORDER,
  };
  const peers: Peers = { version: WIRE_VERSION, agents: { source: { address: '127.0.0.1', tcp: [], udp: [] } } };
  const [assigned, known] = ['assignment.json', 'peers.json'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(assigned, JSON.stringify(assignment));
  writeFileSync(known, JSON.stringify(peers));
  const argv = [...AGENT_FLAGS, join(folder, 'agent.mjs'), '--assignment', assigned, '--peers', known];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages = linesOf(child);
  const until = Date.now() + READY_MS;
  while (!spawnSync('nft', ['list', 'table', 'inet', TABLE]).stdout.toString().includes('nftrace')) {
    if (Date.now() > until) throw new Error('the tracer has not come');
    await sleep(50);
  }
  // Starting is over: what it costs then is what it costs beside traffic.
  await sleep(SETTLE_MS);
  return {
    cpuMs: () => [child.pid ?? 0, ...childrenOf(child.pid ?? 0)].reduce((sum, pid) => sum + cpuMsOf(pid), 0),
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
      return messages;
    },
  };
}

/** Those of all its threads. */
function childrenOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const texts = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
  return texts.flatMap((text) =>
    text
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  );
}

/** proc_pid_stat(5): fields 14 and 15, in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /u, '')
    .split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function linesOf({ stdout }: ChildProcess): Message[] {
  const messages: Message[] = [];
  if (stdout !== null)
    createInterface({ input: stdout }).on('line', (line) => {
      const parsed = parseMessage(line);
      if (parsed.ok) messages.push(parsed.value);
    });
  return messages;
}

function print(blocks: readonly Block[]): void {
  const head = [
    'traffic of others',
    'beside it',
    'blocks',
    'packets/s of others',
    'alone, ms',
    'ratio of medians',
    '95 % interval',
    'own packets told',
    'of others',
    'CPU',
  ];
  const rows = WAYS.flatMap((way) => KINDS.map((kind) => rowOf({ way, kind }, blocks)));
  const page = table([head, ...rows]);
  console.log(page);
  if (values.write) keepTable('trace', page);
}

function rowOf({ way, kind }: Pick<Block, 'way' | 'kind'>, blocks: readonly Block[]): string[] {
  const own = blocks.filter((block) => block.way === way && block.kind === kind);
  const middle = (pick: (block: Block) => number) => median(own.map(pick)) ?? Number.NaN;
  const [low, high] = medianInterval(own.map(ratioOf));
  return [
    way,
    KIND_NAMES[kind],
    `${own.length}`,
    `${Math.round(middle(({ beside }) => beside[0]?.perSecond ?? 0))}`,
    middle(({ alone }) => meanOf(alone)).toFixed(3),
    middle(ratioOf).toFixed(3),
    `${low.toFixed(3)} to ${high.toFixed(3)}`,
    `${own.reduce((sum, block) => sum + block.own, 0)}`,
    `${own.reduce((sum, block) => sum + block.others, 0)}`,
    `${(100 * middle(({ cpuShare }) => cpuShare)).toFixed(1)} %`,
  ];
}

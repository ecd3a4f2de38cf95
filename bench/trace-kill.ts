/**
 * What is left of a tracer that is killed: `npm run bench:trace-kill -- --rounds 60 --exec 'rig exec' --node 'rig node {}' --nodes 1,2,3 --from node1
 * --to 10.244.1.2:80 --image IMAGE`. Against a real cluster whose nodes can be looked into. In each round `kprobe trace` runs, and at a random moment its
 * tracers, their pods or kprobe itself are killed (SIGKILL, deletion without grace); one second later no node may have a table of kprobe's. `--at-once 3`: so many
 * kprobes at work, begun at random moments. At the end each node's ruleset must be what it was, but for counters. Exit code 1: it is not so. Run `npm run build` first.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BUILT_CLI } from './lab-run.ts';

const KINDS = ['tracer', 'pod', 'kprobe'] as const;
type Kind = (typeof KINDS)[number];

const START_MS = 40_000;
/** A trace lasts some seconds: anywhere in it, its beginning included. */
const LONGEST_MOMENT_MS = 5000;
/** Between the first and the last of several. */
const STAGGER_MS = 4000;
const GRACE_MS = 1000;
/** Beyond the tracer's own end. */
const GONE_MS = 60_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '300' },
    exec: { type: 'string', default: '' },
    node: { type: 'string' },
    nodes: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    image: { type: 'string' },
    'at-once': { type: 'string', default: '1' },
    kinds: { type: 'string', default: KINDS.join(',') },
  },
});
const { node, nodes: named = '', from = '', to = '', image = '' } = values;
if (node === undefined) throw new Error('--node says how to run a command on a node: "rig node {}"');
const nodes = named.split(',');
const kinds = KINDS.filter((kind) => values.kinds.split(',').includes(kind));

interface Round {
  readonly kind: Kind;
  readonly killed: number;
  /** Tables when they were killed: of who had made one by then. */
  readonly hadTables: number;
  /** Tables after one second. */
  readonly left: number;
  /** When the last was gone, after the kill; null: it never was. */
  readonly goneMs: number | null;
}

const before = await rulesets();
const until = Date.now() + Number(values.seconds) * 1000;
const rounds: Round[] = [];
for (let index = 0; index < Number(values.rounds) && Date.now() < until; index += 1) {
  const kind = kinds[index % kinds.length] ?? 'tracer';
  const round = await killOnce(kind, Math.floor(index / kinds.length) % 2 === 0 ? tracers : tables);
  rounds.push(round);
  console.error(
    `${index + 1} ${kind}: ${round.killed} killed with ${round.hadTables} tables, ${round.left} left after 1 s, all gone by ${round.goneMs} ms`,
  );
}
const after = await rulesets();
const changed = nodes.filter((_, index) => before[index] !== after[index]);
for (const kind of kinds) {
  const own = rounds.filter((round) => round.kind === kind);
  const killed = own.reduce((sum, round) => sum + round.killed, 0);
  const had = own.reduce((sum, round) => sum + round.hadTables, 0);
  const left = own.reduce((sum, round) => sum + round.left, 0);
  const latest = Math.max(0, ...own.map(({ goneMs }) => goneMs ?? Number.POSITIVE_INFINITY));
  console.log(
    `${kind}: ${killed} killed in ${own.length} rounds with ${had} tables, ${left} tables left after 1 s, the last gone after ${latest} ms`,
  );
}
console.log(changed.length === 0 ? 'rulesets as before' : `rulesets changed: ${changed.join(', ')}`);
process.exitCode = changed.length === 0 && rounds.every(({ left }) => left === 0) ? 0 : 1;

/** `begun`: what there is to be from when on the moment is drawn: on a busy machine a table comes long after its tracer. */
async function killOnce(kind: Kind, begun: () => Promise<readonly unknown[]>): Promise<Round> {
  const argv = [
    process.execPath,
    BUILT_CLI,
    'trace',
    from,
    to,
    '--image',
    image,
    '--pull-policy',
    'Never',
    '-q',
    '--timeout',
    '40s',
  ];
  const [program = '', ...args] = [...words(values.exec), ...argv];
  const children: ChildProcess[] = [];
  const began = Date.now();
  for (let place = 0; place < Number(values['at-once']); place += 1) {
    if (place > 0) await sleep((Math.random() * STAGGER_MS) / Number(values['at-once']));
    children.push(spawn(program, args, { stdio: 'ignore' }));
  }
  const closed = children.map((child) => (child.exitCode === null ? once(child, 'close') : Promise.resolve()));
  while ((await begun()).length === 0 && Date.now() - began < START_MS) await sleep(100);
  await sleep(Math.random() * LONGEST_MOMENT_MS);
  const had = await tables();
  const struck = await kill(kind, children);
  const killedAt = Date.now();
  // Of a kprobe that was killed nothing may be left; of tracers their own tables: those of others come later, as they should.
  const leftNow = async () => (await tables()).filter((each) => kind === 'kprobe' || struck.includes(each)).length;
  await sleep(GRACE_MS);
  const left = await leftNow();
  let goneMs: number | null = left === 0 ? GRACE_MS : null;
  while (goneMs === null && Date.now() - killedAt < GONE_MS) {
    if ((await leftNow()) === 0) goneMs = Date.now() - killedAt;
    else await sleep(200);
  }
  for (const child of children) signal(child, 'SIGTERM');
  await Promise.all(closed);
  if (kind === 'kprobe') await run([...words(values.exec), process.execPath, BUILT_CLI, 'cleanup']);
  const hadTables = had.filter((each) => kind === 'kprobe' || struck.includes(each)).length;
  return { kind, killed: struck.length, hadTables, left, goneMs };
}

/** Which were killed: the tables of tracers, or the kprobes by their numbers; none where all was over before. */
async function kill(kind: Kind, children: readonly ChildProcess[]): Promise<string[]> {
  if (kind === 'kprobe')
    return children.flatMap((child, place) => (signal(child, 'SIGKILL') ? [`kprobe ${place}`] : []));
  const running = await tracers();
  if (kind === 'tracer') {
    const gone = await Promise.all(
      running.map(async (tracer) => ({
        tracer,
        said: await onNode(tracer.on, `kill -9 ${tracer.pid} && echo killed`),
      })),
    );
    return gone.flatMap(({ tracer, said }) => (said.includes('killed') ? [tableOf(tracer)] : []));
  }
  if (running.length === 0) return [];
  const deleting = 'kubectl delete pod -n kprobe-host --force --grace-period=0 --wait=false';
  const said = await run([...words(values.exec), ...words(deleting), ...running.map(({ pod }) => pod)]);
  return running.flatMap((tracer) => (said.includes(`"${tracer.pod}"`) ? [tableOf(tracer)] : []));
}

/** As `tables` names it: by its node and the run that the pod's name begins with. */
function tableOf({ on, pod }: Tracer): string {
  return `${on} ${/^kprobe-[0-9a-f]+/u.exec(pod)?.[0] ?? ''}`;
}

interface Tracer {
  readonly on: string;
  readonly pid: number;
  readonly pod: string;
}

/** Agents whose assignment is called as a tracer's pod. */
async function tracers(): Promise<Tracer[]> {
  const script = `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q 'agent.mjs --assignment .*-tracer-' && echo "$(basename $p) $(tr '\\0' ' ' < $p/cmdline)"; done; true`;
  const found = await Promise.all(nodes.map(async (on) => ({ on, text: await onNode(on, script) })));
  return found.flatMap(({ on, text }) =>
    text.split('\n').flatMap((line): Tracer[] => {
      const [, pid, pod] = /^(\d+) .*--assignment \S*?(kprobe-[0-9a-f]+-\S*?-tracer-[a-z0-9-]+)/u.exec(line) ?? [];
      return pid === undefined || pod === undefined ? [] : [{ on, pid: Number(pid), pod }];
    }),
  );
}

/** Node and name. */
async function tables(): Promise<string[]> {
  const listed = await Promise.all(nodes.map(async (on) => ({ on, text: await onNode(on, 'nft list tables') })));
  return listed.flatMap(({ on, text }) =>
    [...text.matchAll(/ (kprobe-[0-9a-f]+)$/gmu)].map(([, name]) => `${on} ${name}`),
  );
}

/** Rules with their handles, which change where a rule is written anew; without counters and what the kernel times by itself. */
async function rulesets(): Promise<string[]> {
  const listed = await Promise.all(nodes.map((on) => onNode(on, 'nft -a list ruleset')));
  return listed.map((text) =>
    text.replaceAll(/packets \d+ bytes \d+/gu, 'packets _ bytes _').replaceAll(/ expires \S+/gu, ''),
  );
}

function onNode(on: string, script: string): Promise<string> {
  return run([...words((node ?? '').replaceAll('{}', on)), 'sh', '-c', script]);
}

/** What it printed, whatever its exit code. */
function run([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => resolve(stdout));
  });
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** Whether it was there to be told. */
function signal(child: ChildProcess, name: 'SIGKILL' | 'SIGTERM'): boolean {
  const leaf = leafOf(child);
  if (leaf === null) return false;
  try {
    return process.kill(leaf, name);
  } catch {
    return false;
  }
}

/** The command that a chain of starters (a shell, nsenter) has started; null: it has ended. */
function leafOf({ pid, exitCode, signalCode }: ChildProcess): number | null {
  if (pid === undefined || exitCode !== null || signalCode !== null) return null;
  let leaf = pid;
  for (;;) {
    const [next] = childrenOf(leaf);
    // kprobe's own children (a bundler) are none of the chain.
    if (next === undefined || isKprobe(leaf)) return leaf;
    leaf = next;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return words(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')).map(Number);
  } catch {
    return [];
  }
}

function isKprobe(pid: number): boolean {
  try {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return program === process.execPath;
  } catch {
    return false;
  }
}

/** The three that are compared, each started the same way: kprobe's agent as its pods start it, a bare Go client, a bare loop of Node's sockets. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { WIRE_VERSION } from '../../probes/wire.ts';
import type { Probe, Sample } from '../../probes/wire.ts';
import { bundleAgent } from '../../src/place/bundle.ts';
import { AGENT_FLAGS } from '../../src/place/pod.ts';
import { measure } from './measured.ts';
import type { Measured } from './measured.ts';

export const PROBERS = ['kprobe', 'go', 'node'] as const;
export type Prober = (typeof PROBERS)[number];

/** What a prober says of one attempt; `port` is its own, 0 where it is not told. */
export interface Told {
  readonly port: number;
  readonly connectMs: number;
  readonly firstByteMs: number;
}

export interface Load {
  readonly kind: string;
  readonly port: number;
  /** Attempts a second. */
  readonly rate: number;
  readonly count: number;
}

export interface Run extends Omit<Measured, 'lines'> {
  readonly told: readonly Told[];
}

export interface Probers extends AsyncDisposable {
  /** Those that there are: no Go client without a Go compiler. */
  readonly names: readonly Prober[];
  run(prober: Prober, load: Load): Promise<Run>;
}

const here = new URL('.', import.meta.url).pathname;

export async function prepareProbers(): Promise<Probers> {
  const folder = await mkdtemp(join(tmpdir(), 'kprobe-bench-agent-'));
  const [agent, loop] = [join(folder, 'agent.mjs'), join(folder, 'loop.mjs')];
  await writeFile(agent, await bundleAgent());
  // Plain JavaScript, as the agent is: Node need not strip types first.
  await build({ entryPoints: [join(here, 'loop.ts')], outfile: loop, platform: 'node', format: 'esm' });
  const go = compileGo(folder);
  const commands = {
    kprobe: async (load: Load) => {
      const assignment = join(folder, 'assignment.json');
      await writeFile(assignment, JSON.stringify(assignmentOf(load)));
      return [process.execPath, ...AGENT_FLAGS, agent, '--assignment', assignment];
    },
    go: async (load: Load) => [go ?? '', ...peerArguments(load)],
    node: async (load: Load) => [process.execPath, loop, ...peerArguments(load)],
  };
  return {
    names: PROBERS.filter((prober) => prober !== 'go' || go !== null),
    async run(prober, load) {
      let told = 0;
      const isFirst = (line: string) => line.startsWith('{"ready"') || line.startsWith('{"type":"hello"');
      const isLast = (line: string) =>
        line.startsWith('{"answered"') || (line.startsWith('{"type":"sample"') && (told += 1) === load.count);
      const { lines, ...measured } = await measure(await commands[prober](load), isFirst, isLast);
      return { ...measured, told: prober === 'kprobe' ? ofSamples(lines) : ofPeer(lines) };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function peerArguments({ kind, port, rate, count }: Load): string[] {
  return [kind, '127.0.0.1', String(port), String(rate), String(count)];
}

function ofPeer(lines: readonly string[]): Told[] {
  return (JSON.parse(lines.at(-1) ?? '{}') as { attempts: Told[] }).attempts;
}

function ofSamples(lines: readonly string[]): Told[] {
  const samples = lines.filter((line) => line.startsWith('{"type":"sample"')).map((line) => JSON.parse(line) as Sample);
  const bad = samples.find(({ outcome }) => outcome.kind !== 'answered');
  if (bad !== undefined) throw new Error(`an attempt was not answered: ${JSON.stringify(bad)}`);
  return samples.map(({ local, phases }) => ({
    port: Number(local?.split(':').at(-1) ?? 0),
    connectMs: phases.connect ?? 0,
    firstByteMs: phases['first-byte'] ?? phases.dns ?? 0,
  }));
}

function assignmentOf({ kind, port, rate, count }: Load): object {
  const to = { address: '127.0.0.1', port };
  const probes: Readonly<Record<string, Probe>> = {
    http: { kind: 'http', to, tls: false, host: 'bench.example.com', path: '/' },
    tcp: { kind: 'tcp', to, echo: false, bytes: 0 },
    dns: { kind: 'dns', to, transport: 'udp', name: 'a.example.com', type: 'A' },
    udp: { kind: 'udp', to, bytes: 100 },
  };
  const schedules = [{ path: 'p', probe: probes[kind], startMs: 0, everyMs: 1000 / rate, count, limitMs: 5000 }];
  // It answers too, so that it stays until it has been measured.
  const answers = { tcp: [0], udp: [] };
  const deadlineMs = (count / rate) * 1000 + 20_000;
  return { version: WIRE_VERSION, run: 'bench', agent: 'bench', answers, schedules, deadlineMs };
}

function compileGo(folder: string): string | null {
  const program = join(folder, 'client');
  try {
    execFileSync('go', ['build', '-o', program, join(here, 'client.go')], { stdio: 'pipe' });
    return program;
  } catch (error) {
    console.error(`bench: no Go client, so nothing is compared with one: ${String(error).split('\n', 1)[0]}`);
    return null;
  }
}

export interface Server extends AsyncDisposable {
  /** By kind of probe. */
  readonly ports: Readonly<Record<string, number>>;
  /** When the first TCP connection came, Unix milliseconds; null where none has. */
  firstAt(): number | null;
}

export async function startServer(): Promise<Server> {
  const child = spawn(process.execPath, [join(here, 'server.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  let firstAt: number | null = null;
  const ports = await new Promise<Server['ports']>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as Record<string, number>;
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

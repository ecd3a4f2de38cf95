/**
 * What one command costs, measured inside a lab: `node inside.ts FILE COMMAND…`. It stands between the command and the API server, counts what is asked,
 * and what the nodes send each other meanwhile. Writes a Cost as JSON into FILE; ends with the command's exit code.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { countingProxy, type Calls } from './counting-proxy.ts';

export interface Cost extends Calls {
  readonly tookMs: number;
  readonly code: number | null;
  /** CPU time of the command itself. */
  readonly cpuMs: number;
  /** Of all agents together; null where the command's answer does not tell. */
  readonly agentsCpuMs: number | null;
  /** Attempts of probes; null where the command's answer does not tell. */
  readonly attempts: number | null;
  /** That the nodes sent each other, without what they send when nobody measures. */
  readonly packets: number;
}

/** Long enough to see what kubelets, readiness probes and the ingress send by themselves. */
const IDLE_MS = 5000;
/** The kernel counts CPU time in these (proc_pid_stat(5); USER_HZ is 100 on all that Linux runs on here). */
const TICK_MS = 10;

const [file = '', program = '', ...args] = process.argv.slice(2);
const kubeconfig = readFileSync(process.env['KUBECONFIG'] ?? '', 'utf8');
const server = /server: (\S+)/.exec(kubeconfig)?.[1] ?? '';
const proxy = await countingProxy(server);
const counted = join(dirname(file), 'kubeconfig');
writeFileSync(counted, kubeconfig.replace(server, proxy.url));

const idle = packetsSent();
await sleep(IDLE_MS);
const before = packetsSent();
const [spentBefore, startedAt] = [childrenCpuMs(), Date.now()];
const child = spawn(program, args, {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, KUBECONFIG: counted },
});
let printed = '';
child.stdout.on('data', (chunk: Buffer) => void (printed += chunk.toString()));
const [code] = (await once(child, 'close')) as [number | null];
const tookMs = Date.now() - startedAt;
const cpuMs = childrenCpuMs() - spentBefore;
const packets = packetsSent() - before - ((before - idle) * tookMs) / IDLE_MS;

const cost: Cost = { ...proxy.calls(), ...agentsOf(printed), tookMs, code, cpuMs, packets: Math.max(0, packets) };
writeFileSync(file, JSON.stringify(cost));
process.stdout.write(printed);
proxy.close();
process.exitCode = code ?? 1;

/** By the network devices of all nodes, since the lab began. */
function packetsSent(): number {
  const nodes = readdirSync('/run/netns').filter((name) => !name.startsWith('pod_'));
  return nodes
    .map((node) => execFileSync('ip', ['-n', node, '-j', '-s', 'link', 'show', 'eth0'], { encoding: 'utf8' }))
    .flatMap((text) => JSON.parse(text) as { stats64: { tx: { packets: number } } }[])
    .reduce((sum, { stats64 }) => sum + stats64.tx.packets, 0);
}

/** Of children that have ended: cutime and cstime, the 16th and 17th field. */
function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(14, 16).map(Number);
  return (user + system) * TICK_MS;
}

/** Of a verdict, which names its probers. */
function agentsOf(text: string): Pick<Cost, 'agentsCpuMs' | 'attempts'> {
  if (!text.startsWith('{')) return { agentsCpuMs: null, attempts: null };
  const { run } = JSON.parse(text) as { run?: { probers?: { attempts: number; cpuMs: number | null }[] } };
  const probers = run?.probers ?? [];
  if (probers.length === 0) return { agentsCpuMs: null, attempts: null };
  return {
    agentsCpuMs: probers.reduce((sum, each) => sum + (each.cpuMs ?? 0), 0),
    attempts: probers.reduce((sum, each) => sum + each.attempts, 0),
  };
}

/** Ways that packets of others take through the hooks of this network namespace, each with programs of its own at its ends. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Passed, Traffic } from './traffic.ts';

export const WAYS = ['forwarded connections', 'forwarded datagrams', 'local datagrams'] as const;
export type Way = (typeof WAYS)[number];

/** Who asks and who answers. */
const PROGRAMS: Readonly<Record<Way, { readonly asking: string; readonly answering: string }>> = {
  'forwarded connections': { asking: 'connections.ts', answering: 'server.ts' },
  'forwarded datagrams': { asking: 'traffic.ts', answering: 'echo.ts' },
  'local datagrams': { asking: 'traffic.ts', answering: 'echo.ts' },
};

export interface OthersTraffic {
  /** `perSecond`: packets that went through the hooks, by the kernel's own count. */
  exchange(window: Traffic): Promise<Passed & { readonly perSecond: number }>;
  [Symbol.dispose](): void;
}

const ECHO_PORT = 20_000;
/** Of TEST-NET-2 (RFC 5737): a network for each end. */
const ENDS = {
  asking: { router: '198.51.100.1', address: '198.51.100.2' },
  answering: { router: '198.51.100.129', address: '198.51.100.130' },
} as const;
const PREFIX_LENGTH = 25;

export async function startTraffic(way: Way): Promise<OthersTraffic> {
  const isForwarded = way !== 'local datagrams';
  const programs = PROGRAMS[way];
  const host = isForwarded ? ENDS.answering.address : '127.0.0.1';
  const asking = await start(programs.asking, [host, `${ECHO_PORT}`], isForwarded);
  const answering = await start(programs.answering, [`${ECHO_PORT}`], isForwarded);
  if (isForwarded) {
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    join('asking', asking.child);
    join('answering', answering.child);
  }
  return {
    async exchange(window) {
      const before = packetsPassed();
      asking.child.stdin?.write(`${JSON.stringify(window)}\n`);
      const { value } = await asking.lines.next();
      if (value === undefined) throw new Error('the traffic of others has ended');
      const passed = JSON.parse(value) as Passed;
      return { ...passed, perSecond: (packetsPassed() - before) / (passed.elapsedMs / 1000) };
    },
    [Symbol.dispose]() {
      for (const { child } of [asking, answering]) child.kill('SIGKILL');
    },
  };
}

interface Program {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string, undefined>;
}

/** Resolves once it has said that it is there, and so in the namespace that is its own. */
async function start(file: string, args: readonly string[], isElsewhere: boolean): Promise<Program> {
  const argv = [process.execPath, new URL(file, import.meta.url).pathname, ...args];
  const [program = '', ...rest] = isElsewhere ? ['unshare', '--net', ...argv] : argv;
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).done === true) throw new Error(`${file} has not come`);
  return { child, lines };
}

/** Forwarded or sent by this network namespace (RFC 4293: ipForwDatagrams, ipOutRequests); kprobe's own few are with them. */
function packetsPassed(): number {
  const [names = [], counts = []] = readFileSync('/proc/self/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Ip:'))
    .map((line) => line.split(' '));
  return ['ForwDatagrams', 'OutRequests'].reduce((sum, name) => sum + Number(counts[names.indexOf(name)]), 0);
}

/** A link between this namespace and that of the program. */
function join(end: keyof typeof ENDS, { pid }: ChildProcess): void {
  const { router, address } = ENDS[end];
  const inside = (...args: readonly string[]) => run('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', ...args]);
  run('ip', ['link', 'add', end, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', `${pid}`]);
  run('ip', ['address', 'add', `${router}/${PREFIX_LENGTH}`, 'dev', end]);
  run('ip', ['link', 'set', end, 'up']);
  inside('address', 'add', `${address}/${PREFIX_LENGTH}`, 'dev', 'uplink');
  inside('link', 'set', 'uplink', 'up');
  inside('route', 'add', 'default', 'via', router);
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim()}`);
}

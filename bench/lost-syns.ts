/**
 * Whether each lost SYN is counted where it was lost: `npm run bench:lost-syns [-- --connects 1000 --rate 100]`. In a network namespace of its own
 * the kernel drops the first 0, 1, 2 or 3 SYNs of each connect, by the port it goes to; the agent, started as its pods start it, is asked how
 * many each of its connects lost. Exits 1 where one is told wrong. Linux, root, nft.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WIRE_VERSION } from '../probes/wire.ts';
import type { Sample } from '../probes/wire.ts';
import { bundleAgent } from '../src/place/bundle.ts';
import { AGENT_FLAGS } from '../src/place/pod.ts';
import { table } from './table.ts';

const MOST_LOST = 3;
const INSIDE = 'inside';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { connects: { type: 'string', default: '1000' }, rate: { type: 'string', default: '100' } },
});
if (positionals[0] === INSIDE) await inside(Number(values.connects), Number(values.rate));
else {
  const own = [fileURLToPath(import.meta.url), INSIDE, '--connects', values.connects, '--rate', values.rate];
  const [exit] = (await once(spawn('unshare', ['--net', process.execPath, ...own], { stdio: 'inherit' }), 'exit')) as [
    number,
  ];
  process.exitCode = exit;
}

async function inside(connects: number, rate: number): Promise<void> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const ports: number[] = [];
  for (let lost = 0; lost <= MOST_LOST; lost += 1) {
    const server = createServer((socket) => socket.on('error', () => undefined).end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ports.push((server.address() as AddressInfo).port);
    server.unref();
  }
  execFileSync('nft', ['-f', '-'], { input: rules(ports) });
  const samples = await probe(ports, connects, rate);
  const rows = ports.map((_, lost) => {
    const own = samples.filter(({ path }) => path === String(lost));
    const right = own.filter(
      ({ outcome, synRetransmissions }) => outcome.kind === 'answered' && synRetransmissions === lost,
    );
    return { lost, of: own.length, right: right.length };
  });
  console.log(
    table([['lost SYNs', 'connects', 'told right'], ...rows.map((row) => [row.lost, row.of, row.right].map(String))]),
  );
  const isRight = samples.length === connects && rows.every(({ of, right }) => of === right);
  process.exitCode = isRight ? 0 : 1;
}

/** A set for each SYN that is to be lost: who is not in it is put there, and dropped. */
function rules(ports: readonly number[]): string {
  const places = ports.flatMap((port, lost) =>
    Array.from({ length: lost }, (_, nth) => ({ port, set: `lost_${lost}_${nth}` })),
  );
  const sets = places.map(({ set }) => `set ${set} { type inet_service; flags dynamic; size 65535; }`);
  const drops = places.map(
    ({ port, set }) =>
      `tcp dport ${port} tcp flags & (syn | ack) == syn tcp sport != @${set} add @${set} { tcp sport } drop`,
  );
  return `table ip lost { ${sets.join('\n')}\nchain input { type filter hook input priority 0;\n${drops.join('\n')}\n}\n}\n`;
}

async function probe(ports: readonly number[], connects: number, rate: number): Promise<Sample[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kprobe-bench-lost-syns-'));
  try {
    const [agent, assignment] = [join(folder, 'agent.mjs'), join(folder, 'assignment.json')];
    await writeFile(agent, await bundleAgent());
    // In turn, so that all kinds are in flight together.
    const schedules = ports.map((port, lost) => ({
      path: String(lost),
      probe: { kind: 'tcp', to: { address: '127.0.0.1', port }, echo: false, bytes: 0 },
      startMs: (lost * 1000) / rate,
      everyMs: (ports.length * 1000) / rate,
      count: Math.ceil((connects - lost) / ports.length),
      limitMs: 16_700,
    }));
    const deadlineMs = (connects / rate) * 1000 + 30_000;
    const told = {
      version: WIRE_VERSION,
      run: 'bench',
      agent: 'bench',
      answers: { tcp: [], udp: [] },
      schedules,
      deadlineMs,
    };
    await writeFile(assignment, JSON.stringify(told));
    const child = spawn(process.execPath, [...AGENT_FLAGS, agent, '--assignment', assignment], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const samples: Sample[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{"type":"sample"')) samples.push(JSON.parse(line) as Sample);
    }
    return samples;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Runs as root of a network and mount namespace of its own (real-timers.test.ts starts it so), waits for all timers at once and prints
 * what was seen, by the id of the timer, as JSON. Arguments: a folder to write to, the folder of PyPI's programs.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DEAD, DNS, FAR, GOOD, LOSES, PAIRS, PIECE, REJECTED, UNEXPECTING } from './addresses.ts';
import {
  dial,
  program,
  race,
  request,
  requestsEvery,
  type Seen,
  timed,
  withResolvConf,
  writeTwice,
} from './clients.ts';
import { serve } from './name-server.ts';
import { PORTS, proxies } from './proxies.ts';

const [folder = '', wheels = ''] = process.argv.slice(2);
const TYPE_AAAA = 28;
/** Bytes of the pieces that are lost: IPv4 and TCP head with time stamps (52), and what is said. */
const SAID = 'hello, world! ';
const SEGMENT = 52 + SAID.length;
const SYN = 60;

const RULES = `
table inet world {
  chain in {
    type filter hook input priority 0;
    ip daddr { 127.0.1.1, 127.0.1.2, 127.0.1.3 } tcp flags & (syn | ack) == syn drop
    ip daddr ${LOSES.syn} tcp flags & (syn | ack) == syn quota until ${SYN} bytes drop
    ip daddr ${LOSES.threeSyns} tcp flags & (syn | ack) == syn quota until ${3 * SYN} bytes drop
    ip daddr ${LOSES.request} tcp dport 8083 tcp flags & psh == psh quota until ${SEGMENT} bytes drop
    ip saddr ${LOSES.answer} tcp sport 8083 tcp flags & psh == psh quota until ${SEGMENT} bytes drop
    ip daddr ${REJECTED} tcp dport 1-65535 reject with icmp port-unreachable
  }
}
`;
const FAR_RULES =
  'table ip world { chain in { type filter hook input priority 0; tcp dport 80 reject with icmp port-unreachable; }; }';

/** Tells timers apart by id; several values where they come in steps. */
const MEASUREMENTS: Readonly<Record<string, () => Promise<readonly Seen[]>>> = {
  'syn-retransmission': () => Promise.all([dial(LOSES.syn, 8083), dial(LOSES.threeSyns, 8083)]),
  'lost-request-segment': async () => [await dial(LOSES.request, 8083, SAID)],
  'lost-answer-segment': async () => [await dial(LOSES.answer, 8083, SAID)],
  'delayed-ack': async () => [await writeTwice(PAIRS, PIECE, false)],
  'no delay': async () => [await writeTwice(PAIRS, PIECE, true)],
  'reject-on-own-machine': async () => {
    const bash = await program(['bash', '-c', `exec 3<>/dev/tcp/${REJECTED}/80`]);
    return [{ ms: bash.ms, outcome: bash.said.includes('refused') ? 'refused' : 'error' }];
  },
  'not blocking': async () => [await dial(REJECTED, 80)],
  'neighbour-failure': async () => [await dial(FAR.absent, 80)],
  'neighbour-second-comer': async () => [await pause(1500).then(() => dial(FAR.absent, 80))],
  'rate-limited-reject': () =>
    Promise.all(Array.from({ length: 12 }, (_, index) => pause(20 * index).then(() => dial(FAR.rejected, 80)))),
  'glibc-resend': () => lookups('getent', [DNS.silent, DNS.good]),
  'glibc-resend through dnsmasq': () => lookups('getent', [DNS.dnsmasq]),
  'glibc-give-up': () => lookups('getent', [DNS.silent]),
  'glibc-give-up through unbound': () => lookups('getent', [DNS.unbound]),
  'glibc-unanswered-aaaa': async () => nodeLookups([DNS.noAaaa], { count: 2, atOnce: false }),
  'lookup-queue': async () => nodeLookups([DNS.silent, DNS.good], { count: 4, atOnce: true }),
  'musl-resend': async () => [...(await muslLookups([DNS.losesOne])), ...(await muslLookups([DNS.silent]))],
  'musl beside a silent one': () => muslLookups([DNS.silent, DNS.good]),
  'cares-resend': async () => {
    const resolver = new Resolver();
    resolver.setServers([DNS.silent, DNS.good]);
    const { ms } = await timed(() => resolver.resolve4('cares.example'));
    return [{ ms, outcome: 'answered' }];
  },
  'address-racing': async () => [await race(['127.0.1.1', '127.0.0.1'], 8081)],
  'curl-second-address': async () => {
    const pair = `curl.example:8081:${hostOf(DEAD)},${hostOf(GOOD)}`;
    return [
      await program(['curl', '-s', '-S', '--connect-timeout', '4', '--resolve', pair, 'http://curl.example:8081/']),
    ];
  },
  'expect-continue': async () => {
    const upload = ['curl', '-s', '-S', '-f', '-o', '/dev/null', '-w', '%{time_starttransfer}'];
    const { outcome, said } = await program([...upload, '-T', join(folder, 'lookup'), `http://${UNEXPECTING}/`]);
    return [{ ms: 1000 * Number(said), outcome }];
  },
  'nginx-connect-timeout': async () => [
    slowest(await Promise.all([request(PORTS.nginxNext), request(PORTS.nginxNext)])),
  ],
  'nginx-connect-give-up': async () => [await request(PORTS.nginxGiveUp)],
  'nginx-read-timeout': async () => [await request(PORTS.nginxRead)],
  'nginx-resolver-resend': async () => [
    slowest(await Promise.all([request(PORTS.nginxResolver, '/one'), request(PORTS.nginxResolver, '/two')])),
  ],
  'haproxy-connect-timeout': () => requestsEvery(100, 2, PORTS.haproxyNext),
  'haproxy-connect-give-up': async () => [await request(PORTS.haproxyGiveUp)],
  'haproxy-turn-around': async () => [await request(PORTS.haproxyRefused)],
  'envoy-connect-timeout': async () => (await inARow()).slice(0, 1),
  'envoy-shared-connect-timer': async () => (await inARow()).slice(1),
  'envoy-route-timeout': async () => [await request(PORTS.envoyRoute)],
  'caddy-dial-timeout': async () => [await request(PORTS.caddy)],
};

/** Four requests a second apart to one dead endpoint, asked once for both that look at them. */
let envoyInARow: Promise<Seen[]> | null = null;
const inARow = () => (envoyInARow ??= requestsEvery(1000, 4, PORTS.envoyConnect));

function slowest(all: readonly Seen[]): Seen {
  return all.reduce((a, b) => (b.ms > a.ms ? b : a));
}

function hostOf(address: string): string {
  return address.split(':')[0] ?? '';
}

let names = 0;
const nameserver = (address: string) => `nameserver ${address}`;

async function lookups(file: string, servers: readonly string[]): Promise<Seen[]> {
  const { ms, outcome } = await program(
    withResolvConf(folder, servers.map(nameserver), [file, 'ahosts', `n${names++}.example`]),
  );
  return [{ ms, outcome }];
}

async function muslLookups(servers: readonly string[]): Promise<Seen[]> {
  const { said } = await program(
    withResolvConf(folder, servers.map(nameserver), [join(folder, 'lookup'), `n${names++}.example`]),
  );
  return timesIn(said);
}

/** getaddrinfo() of one Node process, one after the other on one thread or all at once. */
async function nodeLookups(
  servers: readonly string[],
  { count, atOnce }: { count: number; atOnce: boolean },
): Promise<Seen[]> {
  const script = `
    const { lookup } = require('node:dns/promises');
    const one = async (i) => { const from = performance.now(); let bad = 0;
      await lookup('node${names++}-' + i + '.example', { all: true }).catch(() => { bad = 1; });
      console.log((performance.now() - from).toFixed(3) + ' ' + bad); };
    (async () => { for (let i = 0; i < ${count}; i++) { const p = one(i); if (!${atOnce}) await p; } })();`;
  const node = [process.execPath, '-e', script];
  const command = atOnce ? node : ['env', 'UV_THREADPOOL_SIZE=1', ...node];
  return timesIn((await program(withResolvConf(folder, servers.map(nameserver), command))).said);
}

function timesIn(said: string): Seen[] {
  return [...said.matchAll(/^([\d.]+) (-?\d+)$/gmu)].map(([, ms, bad]) => ({
    ms: Number(ms),
    outcome: bad === '0' ? 'answered' : 'error',
  }));
}

/** Waits for the whole body and never says 100, as many an old server and framework. */
function unexpecting(): Server {
  const server = createServer();
  return server.on('checkContinue', (asked: IncomingMessage, answer: ServerResponse) =>
    asked.resume().on('end', () => answer.end('good\n')),
  );
}

function pairs(): TcpServer {
  return createTcpServer({ noDelay: true }, (socket) => {
    let heard = 0;
    socket.on('error', () => {});
    socket.on('data', ({ length }) => {
      heard += length;
      if (heard % (2 * PIECE.length) === 0) socket.write('ok');
    });
  });
}

async function build(): Promise<ChildProcess[]> {
  const sh = (line: string) => execFileSync('sh', ['-ec', line], { stdio: ['ignore', 'ignore', 'inherit'] });
  sh('ip link set lo up; mount -t tmpfs none /run; mkdir /run/netns; ip netns add far');
  sh(`ip link add n0 type veth peer name n1 netns far; ip addr add ${FAR.here}/24 dev n0; ip link set n0 up`);
  sh(`ip -n far addr add ${FAR.rejected}/24 dev n1; ip -n far link set n1 up`);
  execFileSync('nft', ['-f', '-'], { input: RULES, stdio: ['pipe', 'ignore', 'inherit'] });
  execFileSync('ip', ['netns', 'exec', 'far', 'nft', '-f', '-'], {
    input: FAR_RULES,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  await Promise.all([
    serve({ address: DNS.good, answers: () => true }),
    serve({ address: DNS.noAaaa, answers: (type) => type !== TYPE_AAAA }),
    serve({ address: DNS.silent, answers: () => false }),
    serve({ address: DNS.losesOne, answers: (type, seen) => type !== TYPE_AAAA || seen > 0 }),
    new Promise<void>((resolve) => createServer((_, answer) => answer.end('good\n')).listen(8081, '0.0.0.0', resolve)),
    new Promise<void>((resolve) => unexpecting().listen(Number(UNEXPECTING.split(':')[1]), '127.0.0.1', resolve)),
    new Promise<void>((resolve) => pairs().listen(Number(PAIRS.split(':')[1]), '127.0.0.1', resolve)),
    new Promise<void>((resolve) => createTcpServer(() => {}).listen(8082, '127.0.0.1', resolve)),
    new Promise<void>((resolve) =>
      createTcpServer((socket) => socket.on('data', () => socket.write(SAID)).on('error', () => {})).listen(
        8083,
        '0.0.0.0',
        resolve,
      ),
    ),
  ]);
  const running = [
    ...proxies(folder, wheels).map(({ command, env = {} }) => ({ command, env })),
    // One of its two servers is silent: dnsmasq asks the other only when its client asks again.
    {
      command: [
        'dnsmasq',
        '-k',
        '-R',
        '-h',
        '-a',
        DNS.dnsmasq,
        '-z',
        '-u',
        'root',
        '-x',
        '',
        '-S',
        DNS.silent,
        '-S',
        DNS.good,
        '--strict-order',
        '--cache-size=0',
      ],
      env: {},
    },
    { command: ['unbound', '-d', '-c', unboundFile()], env: {} },
  ].map(({ command: [file = '', ...args], env }) =>
    spawn(file, args, { stdio: 'ignore', env: { ...process.env, ...env } }),
  );
  await Promise.all([PORTS.nginxNext, PORTS.haproxyNext, PORTS.envoyConnect, PORTS.caddy].map(accepts));
  return running;
}

function unboundFile(): string {
  const file = join(folder, 'unbound.conf');
  execFileSync('sh', ['-c', `cat > '${file}'`], {
    input: `server:
  interface: ${DNS.unbound}
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: "${folder}/unbound.pid"
  use-syslog: no
  verbosity: 0
  do-not-query-localhost: no
  module-config: "iterator"
forward-zone:
  name: "."
  forward-addr: ${DNS.silent}
remote-control:
  control-enable: no
`,
  });
  return file;
}

async function accepts(port: number): Promise<void> {
  for (let left = 200; left > 0; left--) {
    if ((await dial('127.0.0.1', port)).outcome === 'answered') return;
    await pause(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}

/** Programs that start take the CPU from each other: not all at once. */
const APART_MS = 60;

const running = await build();
const seen = await Promise.all(
  Object.entries(MEASUREMENTS).map(async ([id, measure], index) => {
    await pause(APART_MS * index);
    const found = await measure().catch((error: unknown) => String(error));
    return [id, found] as const;
  }),
);
process.stdout.write(JSON.stringify(Object.fromEntries(seen)), () => {
  for (const child of running) child.kill('SIGKILL');
  process.exit(0);
});

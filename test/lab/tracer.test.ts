/** The tracer by itself, in a network namespace with rules of its own: what it sees, and what is left of it. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parseMessage } from '../../probes/parse.ts';
import { WIRE_VERSION } from '../../probes/wire.ts';
import type { Assignment, Message, Peers } from '../../probes/wire.ts';

const AGENT = fileURLToPath(new URL('../../probes/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kprobe-tracer-'));
const [assignmentFile, peersFile] = [join(folder, 'assignment.json'), join(folder, 'peers.json')];
const TABLE = 'kprobe-test';
const assignment: Assignment = {
  version: WIRE_VERSION,
  run: 'test',
  agent: 'tracer@here',
  answers: { tcp: [], udp: [] },
  schedules: [],
  deadlineMs: 60_000,
  traces: {
    table: TABLE,
    packetsPerSecond: 20,
    mostPackets: 24,
    flows: [
      {
        path: 'the path',
        protocol: 'tcp',
        sourcePorts: { first: 61_000, count: 8 },
        from: { agent: 'source', addresses: [] },
        to: [{ address: '127.0.0.1', port: 8080 }],
      },
    ],
  },
};
const peers: Peers = { version: WIRE_VERSION, agents: { source: { address: '127.0.0.1', tcp: [], udp: [] } } };
writeFileSync(assignmentFile, JSON.stringify(assignment));
writeFileSync(peersFile, JSON.stringify(peers));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RULES =
  'table inet site { chain arriving { type filter hook input priority 7; tcp dport 8080 counter drop comment "site rule"; }; }';
const TRACER = `${process.execPath} ${AGENT} --assignment ${assignmentFile} --peers ${peersFile}`;
/** SYNs from a port of the run, and from others to the same place. */
const KNOCK = `${process.execPath} -e 'const{connect}=require("net");for(const localPort of [61000,61001,50001,50002,50003])connect({host:"127.0.0.1",port:8080,localPort}).on("error",()=>{});setTimeout(()=>process.exit(),2500)'`;
/** A packet through 127.0.0.1 may be seen late on a busy machine. */
const PATIENCE_MS = 60_000;

/** What a shell script says in a network namespace of its own. */
function inside(script: string): Promise<string> {
  const child = spawn(
    'unshare',
    ['--user', '--map-root-user', '--net', '--mount', 'sh', '-c', `ip link set lo up\n${script}`],
    {
      env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString('utf8')));
    child.once('error', reject);
    child.once('close', () => resolve(said));
  });
}

const messagesIn = (text: string): Message[] =>
  text.split('\n').flatMap((line) => {
    const parsed = parseMessage(line);
    return parsed.ok ? [parsed.value] : [];
  });

/** Until the tracer's rules are there; then what follows. */
const whenReady = (then: string) =>
  `for i in $(seq 400); do nft list table inet ${TABLE} 2>/dev/null | grep -q nftrace && break; sleep 0.05; done; ${then}`;

test('names the rule for the packets of the run, and sees no others', { timeout: PATIENCE_MS }, async () => {
  const said = await inside(
    `echo '${RULES}' | nft -f -; ${TRACER} & ${whenReady(`${KNOCK}; sleep 1; kill -TERM $!; wait; nft list tables`)}`,
  );
  const messages = messagesIn(said);
  expect(messages.find(({ type }) => type === 'tracing')).toMatchObject({ state: 'ready', legacyTables: [] });
  const traces = messages.filter((each) => each.type === 'rule-trace');
  expect(traces.length).toBeGreaterThanOrEqual(2);
  for (const { lines, path } of traces) {
    expect(path).toBe('the path');
    expect(lines.join('\n')).toMatch(/tcp sport 6100[01] tcp dport 8080/);
    expect(lines.join('\n')).not.toMatch(/tcp sport 5000\d/);
  }
  // Over the loopback interface each leaves the node before it arrives there.
  const [leaving, arriving] = ['left', 'arriving'].map((chain) =>
    traces.filter(({ lines }) => lines.at(-1)?.split(' ')[2] === chain),
  );
  expect(leaving?.length).toBe(arriving?.length);
  expect(arriving?.[0]?.lines.at(-1)).toMatch(
    /^inet site arriving rule tcp dport 8080 counter packets \d+ bytes \d+ drop comment "site rule" # handle \d+ \(verdict drop\)$/,
  );
  expect(messages.find(({ type }) => type === 'chain-listing')).toMatchObject({ table: 'site', chain: 'arriving' });
  expect(messages.find(({ type }) => type === 'trace-cost')).toMatchObject({ packets: traces.length });
  expect(said.split('\n').filter((line) => line.startsWith('table '))).toEqual(['table inet site']);
});

test('without CAP_NET_ADMIN: it says so, and makes nothing', { timeout: PATIENCE_MS }, async () => {
  const said = await inside(
    `setpriv --bounding-set=-net_admin --inh-caps=-net_admin ${TRACER} & sleep 4; kill $!; wait; nft list tables`,
  );
  expect(messagesIn(said).filter(({ type }) => type === 'tracing')).toMatchObject([{ state: 'no-right' }]);
  expect(said).not.toContain('table inet');
});

/** Another program in the place of nft, for this mount namespace alone. */
const inPlaceOfNft = (script: string) =>
  `cp "$(command -v nft)" ${folder}/real-nft; printf '%s\\n' '#!/bin/sh' '${script}' > ${folder}/nft; chmod +x ${folder}/nft; mount --bind ${folder}/nft "$(command -v nft)"`;

/** A tracer that knows an address of the sender's node from its beginning, and the sender, as `come` has it, later. */
function withLateSender(name: string, traces: Partial<Assignment['traces']>) {
  const [ownAssignment, ownPeers] = [join(folder, `${name}-assignment.json`), join(folder, `${name}-peers.json`)];
  const flows = assignment.traces?.flows.map((flow) => ({ ...flow, from: { ...flow.from, addresses: ['127.0.0.9'] } }));
  writeFileSync(ownAssignment, JSON.stringify({ ...assignment, traces: { ...assignment.traces, ...traces, flows } }));
  writeFileSync(ownPeers, JSON.stringify({ ...peers, agents: {} }));
  return {
    tracer: `${process.execPath} ${AGENT} --assignment ${ownAssignment} --peers ${ownPeers}`,
    come: `cp ${peersFile} ${ownPeers}.new; mv ${ownPeers}.new ${ownPeers}`,
  };
}

const droppedIn = (said: string) =>
  messagesIn(said).flatMap((each) =>
    each.type === 'rule-trace' ? each.lines.filter((line) => /^inet site arriving .*\(verdict drop\)$/.test(line)) : [],
  );
const whenMade = `until nft list tables | grep -q ${TABLE}; do sleep 0.05; done`;

test('a sender that comes while the tracer still makes its table is followed', { timeout: PATIENCE_MS }, async () => {
  const { tracer, come } = withLateSender('making', {});
  const slow = `[ "$1 $2 $3" != "-j list chains" ] || sleep 3; exec ${folder}/real-nft "$@"`;
  const said = await inside(
    `echo '${RULES}' | nft -f -; ${inPlaceOfNft(slow)}; ${tracer} & ${whenMade}; sleep 0.5; ${come}; sleep 4; ${KNOCK}; sleep 1; kill -TERM $!; wait`,
  );
  expect(droppedIn(said).length).toBeGreaterThanOrEqual(2);
});

test(
  'its time runs from when it knows a sender: one that starts late is followed, and then the table goes',
  { timeout: PATIENCE_MS },
  async () => {
    const { tracer, come } = withLateSender('starting', { lastsMs: 5000 });
    const said = await inside(
      `echo '${RULES}' | nft -f -; ${tracer} & ${whenMade}; sleep 6; ${come}; sleep 1; ${KNOCK}; sleep 4; nft list tables; kill -TERM $!; wait`,
    );
    expect(droppedIn(said).length).toBeGreaterThanOrEqual(2);
    expect(said.split('\n').filter((line) => line.startsWith('table '))).toEqual(['table inet site']);
  },
);

/** Until it has said what it can do, and so has counted once; then what follows. */
const quietly = `${TRACER} > ${folder}/said & until grep -q '"tracing"' ${folder}/said; do sleep 0.1; done; ${KNOCK}; sleep 3; kill -TERM $!; wait; cat ${folder}/said`;

test('without nft in the image: it says so', { timeout: PATIENCE_MS }, async () => {
  const said = await inside(`mount --bind /dev/null "$(command -v nft)"; ${TRACER} & sleep 3; kill -TERM $!; wait`);
  expect(messagesIn(said).filter(({ type }) => type === 'tracing')).toMatchObject([{ state: 'no-nft' }]);
});

test(
  'an nft that knows no owners makes no table: what its rules counted meanwhile is told instead',
  { timeout: PATIENCE_MS },
  async () => {
    const old = `case "$1" in --version) echo "nftables v0.9.8 (E.D.S.)";; *) exec ${folder}/real-nft "$@";; esac`;
    const said = await inside(
      `echo '${RULES}' | nft -f -; ${inPlaceOfNft(old)}; ${quietly}; ${folder}/real-nft list tables`,
    );
    const messages = messagesIn(said);
    expect(messages.find(({ type }) => type === 'tracing')).toMatchObject({ state: 'old-nft', counts: ['nft'] });
    const counted = messages.filter((each) => each.type === 'rule-counts');
    expect(counted.at(-1)?.moved).toEqual([
      { rule: 'inet site arriving: tcp dport 8080 counter drop comment "site rule"', packets: expect.any(Number) },
    ]);
    expect(said.split('\n').filter((line) => line.startsWith('table '))).toEqual(['table inet site']);
  },
);

const hasLegacy = spawnSync('unshare', ['-Urn', 'iptables-legacy', '-S'], {
  env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
});

test.skipIf(hasLegacy.status !== 0)(
  'rules of iptables-legacy are not in the trace: it names their tables, and what they counted meanwhile',
  { timeout: PATIENCE_MS },
  async () => {
    const said = await inside(`iptables-legacy -A INPUT -p tcp --dport 8080 -j DROP; ${quietly}`);
    const messages = messagesIn(said);
    expect(messages.find(({ type }) => type === 'tracing')).toMatchObject({
      state: 'ready',
      legacyTables: ['ip filter'],
      counts: ['iptables-legacy'],
    });
    const counted = messages.filter((each) => each.type === 'rule-counts');
    expect(counted.at(-1)).toMatchObject({
      source: 'iptables-legacy',
      moved: [{ rule: 'ip filter: -A INPUT -p tcp -m tcp --dport 8080 -j DROP' }],
    });
  },
);

test(
  'kill -9 of it at random moments leaves no table, and no rule of others changed',
  { timeout: 3 * PATIENCE_MS },
  async () => {
    const moments = Array.from({ length: 8 }, () => (Math.random() * 1.5).toFixed(2));
    const rounds = moments.map(
      (moment) =>
        `${TRACER} >/dev/null & ${whenReady(`sleep ${moment}; kill -9 $!; wait; sleep 0.9; echo left $(nft list tables)`)}`,
    );
    const said = await inside(
      `echo '${RULES}' | nft -f -; nft -a list ruleset | cksum; ${rounds.join('\n')}\nnft -a list ruleset | cksum`,
    );
    const lines = said.trim().split('\n');
    expect(lines.slice(1, -1)).toEqual(moments.map(() => 'left table inet site'));
    expect(lines.at(-1)).toBe(lines[0]);
  },
);

const NETLINK = fileURLToPath(new URL('../../probes/trace/netlink.ts', import.meta.url));

test(
  'two monitors with the same process id, each in its container, are both heard to listen',
  { timeout: PATIENCE_MS },
  async () => {
    const monitor = 'unshare --pid --fork --kill-child nft monitor trace >/dev/null';
    const ask = `${process.execPath} -e 'import("${NETLINK}").then(({listensToNetfilter}) => console.log(JSON.stringify(process.argv.slice(1).map((pid) => listensToNetfilter(Number(pid))))))'`;
    const said = await inside(
      `${monitor} & A=$!; ${monitor} & B=$!; pids() { echo $(pgrep -P $A) $(pgrep -P $B); }
    for i in $(seq 100); do [ "$(awk '$2 == 12 && $4 !~ /^0+$/' /proc/net/netlink | wc -l)" = 2 ] && break; sleep 0.1; done
    ${ask} $(pids); awk '$2 == 12 && $4 !~ /^0+$/ { print $3 }' /proc/net/netlink; kill -9 $A $B`,
    );
    const [listening, ...ports] = said.trim().split('\n');
    expect(listening).toBe('[true,true]');
    // Both are process 1 to themselves, and only one of them could have that number as its port.
    expect(ports.filter((port) => port === '1')).toHaveLength(1);
    expect(ports).toHaveLength(2);
  },
);

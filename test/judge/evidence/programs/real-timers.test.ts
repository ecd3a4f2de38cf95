/** The catalogue against the real things: proxies, resolvers, clients and the kernel, all waited for at once in a namespace of their own. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { timers } from '../../../../src/judge/evidence/timer-catalogue.ts';
import { matchTimers } from '../../../../src/judge/evidence/timers.ts';
import type { Seen } from './clients.ts';
import type { Delay } from '../../../../src/judge/evidence/timer.ts';

const HERE = new URL('.', import.meta.url).pathname;
const WHEELS = new URL('../../../../node_modules/.cache/wheels', import.meta.url).pathname;
/** The longest timer here takes 20 s. */
const LIMIT_MS = 50_000;
/** What waiting for a CPU may add on a busy machine; the smallest of the timers apart from one another are half a second apart. */
const BUSY_MS = 250;

const folder = mkdtempSync(join(tmpdir(), 'kprobe-timers-'));
let seen: Readonly<Record<string, readonly Seen[] | string>> = {};

beforeAll(async () => {
  const { status, stderr } = spawnSync('musl-gcc', ['-static', '-o', join(folder, 'lookup'), join(HERE, 'lookup.c')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`musl-gcc: ${stderr}`);
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const args = [
    ...asRoot,
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    process.execPath,
    join(HERE, 'world.ts'),
    folder,
    WHEELS,
  ];
  seen = await new Promise((resolve, reject) => {
    const world = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
    const [said, complaint]: string[][] = [[], []];
    world.stdout.on('data', (text) => said?.push(String(text)));
    world.stderr.on('data', (text) => complaint?.push(String(text)));
    world.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(said?.join('') ?? '')) : reject(new Error(complaint?.join(''))),
    );
  });
}, LIMIT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

type Expected = readonly [id: string, steps: readonly number[], more: Partial<Delay>];

/** Timers that an earlier attempt began. */
const SHARED: readonly string[] = ['neighbour-second-comer', 'envoy-shared-connect-timer'];

/** What each measurement shows: milliseconds, in order, and what is known of such a delay beside its value. */
const TABLE: readonly Expected[] = [
  ['syn-retransmission', [1000, 3000], { phase: 'connect' }],
  ['lost-request-segment', [200], { phase: 'first-byte' }],
  ['lost-answer-segment', [200], { phase: 'first-byte' }],
  ['delayed-ack', [40], { phase: 'first-byte' }],
  ['reject-on-own-machine', [1000], { phase: 'connect' }],
  ['neighbour-failure', [3000], { phase: 'connect' }],
  ['neighbour-second-comer', [1500], { phase: 'connect' }],
  ['glibc-resend', [5000], { phase: 'dns' }],
  ['glibc-give-up', [10_000], { phase: 'dns' }],
  ['glibc-unanswered-aaaa', [15_000], { phase: 'dns' }],
  ['lookup-queue', [5000, 5000, 10_000, 10_000], { phase: 'dns' }],
  ['musl-resend', [2500, 5000], { phase: 'dns' }],
  ['address-racing', [250], { phase: 'connect' }],
  ['curl-second-address', [3000], { phase: 'connect', client: 'curl' }],
  ['expect-continue', [1000], { phase: 'first-byte', client: 'curl' }],
  ['nginx-connect-timeout', [5000], { phase: 'first-byte' }],
  ['nginx-connect-give-up', [15_000], { phase: 'first-byte' }],
  ['nginx-resolver-resend', [5000], { phase: 'first-byte' }],
  ['haproxy-connect-timeout', [5000], { phase: 'first-byte' }],
  ['haproxy-connect-give-up', [20_000], { phase: 'first-byte' }],
  ['haproxy-turn-around', [3000], { phase: 'first-byte' }],
  ['envoy-connect-timeout', [5000], { phase: 'first-byte' }],
  ['envoy-shared-connect-timer', [4000, 3000, 2000], { phase: 'first-byte' }],
  ['envoy-route-timeout', [15_000], { phase: 'first-byte' }],
  ['caddy-dial-timeout', [3000], { phase: 'first-byte' }],
];

function delayOf({ ms, outcome, status }: Seen, nominalMs: number, more: Partial<Delay>): Delay {
  return {
    // The value that it stands for: how late this machine was is no matter of the catalogue.
    ms: ms - Math.min(BUSY_MS, Math.max(0, ms - nominalMs)),
    phase: null,
    outcome,
    status: status ?? null,
    probe: null,
    synRetransmissions: null,
    counters: null,
    sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': '4' },
    controller: null,
    resolver: { servers: ['one'], options: [] },
    ...more,
  };
}

function found(id: string): readonly Seen[] {
  const each = seen[id];
  if (each === undefined || typeof each === 'string') throw new Error(`${id}: ${each}`);
  return each;
}

/** `early`: where the timer was begun by somebody else, who comes late leaves less of it. */
const near = (nominalMs: number, early = 10) => ({
  asymmetricMatch: (ms: unknown) =>
    typeof ms === 'number' && ms >= nominalMs - early && ms <= nominalMs * 1.08 + 50 + BUSY_MS,
  toString: () => `about ${nominalMs} ms`,
});

test.for(TABLE)('%s', ([id, steps, more]) => {
  const delays = found(id).slice(0, steps.length);
  expect(delays.map(({ ms }) => ms)).toEqual(steps.map((step) => near(step, SHARED.includes(id) ? BUSY_MS : 10)));
  for (const [index, each] of delays.entries()) {
    const named = matchTimers(delayOf(each, steps[index] ?? 0, more)).matches.map(({ timer }) => timer.id);
    expect(named).toContain(id);
  }
});

test('Node’s c-ares asks the second server after 2 to 3 s', () => {
  const [{ ms } = { ms: 0 }] = found('cares-resend');
  expect(ms).toBeGreaterThan(1990);
  expect(ms).toBeLessThan(3050 + BUSY_MS);
});

test('nginx reads for as long as it is told', () => {
  expect(found('nginx-read-timeout')).toEqual([{ ms: near(2000), outcome: 'answered', status: 504 }]);
});

test('in the same process, glibc waits 15 s for AAAA once and 5 s ever after', () => {
  expect(found('glibc-unanswered-aaaa').map(({ ms }) => ms)).toEqual([near(15_000), near(5000)]);
});

test('without Nagle’s algorithm, nobody waits for a delayed ACK', () => {
  const [{ ms } = { ms: Number.NaN }] = found('no delay');
  expect(ms).toBeLessThan(30);
});

test('a reject on the client’s own machine does not hold up who does not block', () => {
  expect(found('not blocking')).toEqual([{ ms: near(0), outcome: 'refused' }]);
});

test('of twelve rejects from another machine the first six come at once, the others at times of the SYN schedule', () => {
  const waits = found('rate-limited-reject')
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b);
  expect(waits.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => near(0)));
  const delays = waits
    .slice(6)
    .map((ms) => delayOf({ ms, outcome: 'refused' }, Math.floor(ms / 1000) * 1000, { phase: 'connect' }));
  for (const delay of delays)
    expect(matchTimers(delay).matches.map(({ timer }) => timer.id)).toContain('rate-limited-reject');
});

test('musl asks all servers at once: a silent one beside a good one costs nothing', () => {
  expect(found('musl beside a silent one')).toEqual([{ ms: near(0), outcome: 'answered' }]);
});

test('dnsmasq never asks again by itself: the client’s own 5 s show through it', () => {
  expect(found('glibc-resend through dnsmasq').map(({ ms }) => ms)).toEqual([near(5000)]);
});

test('unbound whose only forwarder is silent says nothing for longer than glibc asks', () => {
  expect(found('glibc-give-up through unbound')).toEqual([{ ms: near(10_000), outcome: 'error' }]);
});

test('what is called measured is measured here, and nothing else', () => {
  const here = new Set([...TABLE.map(([id]) => id), 'cares-resend', 'nginx-read-timeout', 'rate-limited-reject']);
  expect(new Set(timers.filter(({ backing }) => backing === 'measured').map(({ id }) => id))).toEqual(here);
});

/** What users feel of faults of transport and of proxies: packets and answers as they are, without kprobe. Two at a time, as symptoms.test.ts. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SCENARIOS_FOLDER } from '../../src/lab/scenario/load-scenario.ts';
import { drive, type Driven, type Fetched } from './drive.ts';
import { podsOf } from './fault-probes.ts';

const play = (scenario: string) => drive({}, join(SCENARIOS_FOLDER, scenario));
const times = <T>(count: number, ask: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, ask));
/** What came of it: a status, or why there was none. */
const outcome = ({ status, code }: Fetched) => status ?? code;
const ENTRY = '172.30.0.11';
const straight = (lab: Driven, pod: string, port: number, options?: object) =>
  lab.fetch('worker-3', `http://${podsOf(lab, pod)[0]?.address}:${port}/`, options);

test.concurrent.each([
  { scenario: 'lost-segments', isLate: true },
  { scenario: 'lost-segments-answers', isLate: true },
  { scenario: 'healthy-segments-elsewhere', isLate: false },
])('$scenario: answers are late by whole repetitions, and come', async ({ scenario, isLate }) => {
  await using lab = await play(scenario);
  const answers = await times(24, () => straight(lab, 'cargo', 8089, { limitMs: 14_000 }));
  const late = answers.filter(({ ms }) => ms >= 190);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(20);
  // Of 24 the share of 0.16 and more that loses a whole flight leaves none late by chance once in 60 runs.
  expect(late.length > 0).toBe(isLate);
});

test.concurrent.each([
  { scenario: 'wrong-backend-port', sent: 'ECONNREFUSED', declared: 200, user: 502 },
  { scenario: 'wrong-backend-port-name', sent: 'ECONNREFUSED', declared: 200, user: 503 },
  { scenario: 'wrong-backend-port-ingress', sent: 'ECONNREFUSED', declared: 200, user: 503 },
  { scenario: 'healthy-undeclared-port', sent: 200, declared: 'ECONNREFUSED', user: 200 },
])('$scenario: the port that is sent to, and the one that is declared', async ({ scenario, ...expected }) => {
  await using lab = await play(scenario);
  expect(outcome(await straight(lab, 'sketch', 8070))).toBe(expected.sent);
  expect(outcome(await straight(lab, 'sketch', 8077))).toBe(expected.declared);
  expect(outcome(await lab.fetch('lab', `http://${ENTRY}/`, { host: 'sketch.example.com' }))).toBe(expected.user);
});

test.concurrent.each([
  { scenario: 'rate-limited-reject', code: 'ECONNREFUSED' },
  { scenario: 'rate-limited-reject-prohibited', code: 'EHOSTUNREACH' },
  { scenario: 'healthy-reject-elsewhere', code: null },
])('$scenario: a reject, at once for the first six', async ({ scenario, code }) => {
  await using lab = await play(scenario);
  const answers = await times(12, () => straight(lab, 'press', 8094, { limitMs: 9000 }));
  expect(new Set(answers.map((answer) => answer.code))).toEqual(new Set([code]));
  if (code === null) return;
  // icmp_ratelimit: a burst of six, then one a second, which a repeated SYN has to meet; the requests begin within some four seconds.
  expect(answers.filter(({ ms }) => ms >= 990).length).toBeGreaterThanOrEqual(2);
});

test.concurrent.each([
  { scenario: 'stale-ingress-endpoints', isLate: true },
  { scenario: 'healthy-stale-upstream', isLate: false },
])('$scenario: some requests wait for the connect timeout, all are answered', async ({ scenario, isLate }) => {
  await using lab = await play(scenario);
  const ask = (address: string) =>
    lab.fetch('lab', `http://${address}/`, { host: 'loans.example.com', limitMs: 17_000 });
  const answers = await times(9, () => ask(ENTRY));
  expect(new Set(answers.map(outcome))).toEqual(new Set([200]));
  expect(answers.some(({ ms }) => ms >= 4990)).toBe(isLate);
  expect((await times(9, () => ask('172.30.0.13'))).every(({ ms }) => ms < 4990)).toBe(true);
});

test.concurrent('a full queue drops SYNs, and whoever is in it is never answered', async () => {
  await using lab = await play('full-accept-queue');
  const answers = await times(9, () => straight(lab, 'ledger', 8095, { limitMs: 3000 }));
  expect(new Set(answers.map(outcome))).toEqual(new Set(['silent']));
});

test.concurrent.each([
  { scenario: 'slow-tls', from: 890, to: 3000 },
  { scenario: 'healthy-tls', from: 0, to: 890 },
])('$scenario: the handshake', async ({ scenario, from, to }) => {
  await using lab = await play(scenario);
  const answer = await lab.fetch('worker-3', `https://${podsOf(lab, 'vault')[0]?.address}:8443/`, {
    host: 'vault.example.com',
  });
  expect(outcome(answer)).toBe(200);
  expect(answer.ms).toBeGreaterThanOrEqual(from);
  expect(answer.ms).toBeLessThan(to);
});

test.concurrent.each([
  { scenario: 'dropped-large-hello', large: 'silent' },
  { scenario: 'healthy-tls-ingress', large: 'secured' },
])('$scenario: a ClientHello of one segment and of two', async ({ scenario, large }) => {
  await using lab = await play(scenario);
  const hello = async (padding: number) => {
    const program = `const names = ['http/1.1', ...Array.from({ length: ${padding} }, (_, at) => String(at).padEnd(200, '.'))];
const end = (said) => { console.log(said); process.exit(0); };
require('tls').connect({ host: '${ENTRY}', port: 443, servername: 'coins.example.com', rejectUnauthorized: false, ecdhCurve: 'X25519:prime256v1', ALPNProtocols: names },
  () => end('secured')).on('error', (error) => end(error.code));
setTimeout(() => end('silent'), 2500);`;
    return (await lab.run('lab', process.execPath, '-e', program)).stdout.trim();
  };
  expect(await hello(0)).toBe('secured');
  expect(await hello(9)).toBe(large);
});

import { expect, test } from 'vitest';
import { pack, unpack } from '../../probes/pack.ts';
import { LogRounds } from '../../src/place/log-rounds.ts';
import { apiServer, connectTo } from '../api/api-server.ts';
import { agent, assignment, schedule } from './agents.ts';

const MANY = 120;
const NAMES = Array.from({ length: MANY }, (_, at) => `node-${at}`);

/** A ring: each asks the next. */
const ASSIGNMENTS = Object.fromEntries(
  NAMES.map((name, at) => {
    const [self, next] = [agent('control', name), agent('control', NAMES[(at + 1) % MANY] ?? '')];
    return [self.id, assignment(self.id, [schedule(`${name}>`, next.id, { startMs: 0, everyMs: 1000, count: 3 })])];
  }),
);
const IDS = Object.keys(ASSIGNMENTS);

/** Logs behind a real server; the clock is the test's. */
async function reading() {
  const logs = new Map(IDS.map((id) => [id, [pack('hello\n')]]));
  const seen = { reads: 0, atOnce: 0, mostAtOnce: 0, mostConnections: 0 };
  const sockets = new Set<unknown>();
  const server = await apiServer((request, response) => {
    if (!sockets.has(request.socket)) request.socket.once('close', () => sockets.delete(request.socket));
    sockets.add(request.socket);
    seen.mostConnections = Math.max(seen.mostConnections, sockets.size);
    seen.reads += 1;
    seen.atOnce += 1;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.atOnce);
    const pod = decodeURIComponent(request.path.split('/')[6] ?? '');
    setTimeout(() => {
      seen.atOnce -= 1;
      const lines = logs.get(pod);
      if (lines === undefined) response.writeHead(404).end('{}');
      else response.writeHead(200).end(lines.map((line) => `${line}\n`).join(''));
    }, 2);
  });
  const client = await connectTo(server, { signal: new AbortController().signal });
  const heard = new Map<string, string[]>();
  const problems: string[] = [];
  let nowMs = 1_000_000;
  const rounds = new LogRounds({
    client,
    assignments: ASSIGNMENTS,
    onLine: (id, line) => heard.set(id, [...(heard.get(id) ?? []), ...unpack(line)]),
    onProblem: (id, says) => problems.push(`${id}: ${says}`),
    now: () => nowMs,
  });
  const over = new AbortController();
  for (const id of IDS) rounds.add(id, { namespace: 'kprobe', name: id });
  return {
    ...{ logs, seen, heard, problems, rounds, over },
    pass: (ms: number) => (nowMs += ms),
    async [Symbol.asyncDispose]() {
      over.abort();
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const whole = (heard: ReadonlyMap<string, string[]>, lines: number) =>
  IDS.every((id) => (heard.get(id) ?? []).length === lines);

test('hundreds of logs are read over a few connections, each twice, and not one line is lost', async () => {
  await using it = await reading();
  void it.rounds.run(it.over.signal);
  it.pass(1000);
  await expect.poll(() => whole(it.heard, 1), { timeout: 20_000 }).toBe(true);
  for (const id of IDS) it.rounds.told(id);
  for (const id of IDS) it.logs.get(id)?.push(pack('one\ntwo\n'), 'three');
  it.pass(3000);
  // Nobody can be done yet.
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(it.seen.reads).toBe(MANY);
  it.pass(4000);
  await expect.poll(() => whole(it.heard, 4), { timeout: 20_000 }).toBe(true);
  for (const id of IDS) it.rounds.done(id);
  it.pass(60_000);
  expect(await it.rounds.finish(Number.POSITIVE_INFINITY, it.over.signal)).toEqual([]);
  expect(it.heard.get(IDS[7] ?? '')).toEqual(['hello', 'one', 'two', 'three']);
  expect(it.seen.reads).toBe(2 * MANY);
  expect(it.seen.mostAtOnce).toBeLessThanOrEqual(8);
  // Of HTTP/1.1, where a connection that has just answered may not be free yet.
  expect(it.seen.mostConnections).toBeLessThanOrEqual(24);
  expect(it.problems).toEqual([]);
}, 60_000);

test('at the end what is open is read, and whom the time does not suffice for is named', async () => {
  await using it = await reading();
  expect(await it.rounds.finish(0, it.over.signal)).toHaveLength(MANY);
  expect(it.heard.size).toBe(0);
});

test('a log that is gone is said once, and asked for no more', async () => {
  await using it = await reading();
  const [gone = ''] = IDS;
  it.logs.delete(gone);
  void it.rounds.run(it.over.signal);
  it.pass(1000);
  await expect.poll(() => it.heard.size, { timeout: 20_000 }).toBe(MANY - 1);
  await expect.poll(() => it.problems.length, { timeout: 20_000 }).toBe(1);
  expect(it.problems[0]).toContain(`${gone}: its log cannot be read`);
}, 40_000);

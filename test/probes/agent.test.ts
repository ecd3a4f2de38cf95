import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { runAgent } from '../../probes/agent.ts';
import { startAnswering } from '../../probes/answer.ts';
import { parseMessage } from '../../probes/parse.ts';
import { peersFile } from '../../probes/peers.ts';
import type { Assignment, Hello, Message, Probe, Sample, Schedule } from '../../probes/wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-agent-'));
afterAll(() => rmSync(folder, { recursive: true }));

function schedule(path: string, probe: Probe, rest: Partial<Schedule> = {}): Schedule {
  return { path, probe, startMs: 0, everyMs: 5, count: 1, limitMs: 3000, ...rest };
}
function assignment(rest: Partial<Assignment>): Assignment {
  return { version: 2, run: 'r', agent: 'a', answers: { tcp: [], udp: [] }, schedules: [], deadlineMs: 5000, ...rest };
}

/** A running agent whose messages the test can wait for. */
function start(told: Assignment, peers = join(folder, 'none.json')) {
  const messages: Message[] = [];
  const waiting: { type: Message['type']; resolve: (message: Message) => void }[] = [];
  const out = new PassThrough();
  let rest = '';
  out.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const parsed = parseMessage(line);
      if (!parsed.ok) throw new Error(parsed.problem);
      messages.push(parsed.value);
      for (const one of waiting.filter(({ type }) => type === parsed.value.type)) one.resolve(parsed.value);
    }
  });
  const stopping = new AbortController();
  const ended = runAgent({ assignment: told, peers: peersFile(peers), out, signal: stopping.signal });
  const heard = (type: Message['type']) =>
    new Promise<Message>((resolve) => {
      const already = messages.find((message) => message.type === type);
      if (already !== undefined) resolve(already);
      else waiting.push({ type, resolve });
    });
  const samples = () => messages.filter((message): message is Sample => message.type === 'sample');
  return { messages, samples, stop: () => stopping.abort(), ended, heard, out };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('an agent with nothing to do says hello and bye', async () => {
  const agent = start(assignment({}));
  await agent.ended;
  expect(agent.messages.map(({ type }) => type)).toEqual(['hello', 'bye']);
  expect(agent.messages.at(-1)).toMatchObject({ because: 'done' });
});

test('an agent measures its peers when their addresses become known, and tells who came', async () => {
  const file = join(folder, 'peers.json');
  const agent = start(
    assignment({
      answers: { tcp: [0], udp: [0] },
      deadlineMs: 1500,
      schedules: [
        schedule('tcp', { kind: 'tcp', to: { agent: 'b', port: 'tcp' }, echo: true, bytes: 5000 }, { count: 3 }),
        schedule('udp', { kind: 'udp', to: { agent: 'b', port: 'udp' }, bytes: 1400 }),
        schedule('http', { kind: 'http', to: { agent: 'b', port: 'tcp' }, tls: false, host: 'x', path: '/' }),
        schedule('never', { kind: 'udp', to: { agent: 'ghost', port: 'udp' }, bytes: 1 }),
      ],
    }),
    file,
  );
  const { tcp, udp } = (await agent.heard('hello')) as Hello;
  expect(agent.samples()).toEqual([]);
  writeFileSync(file, 'not yet');
  await agent.heard('trouble');
  writeFileSync(file, JSON.stringify({ version: 2, agents: { b: { address: '127.0.0.1', tcp, udp } } }));
  await agent.ended;
  const samples = agent.samples();
  expect(samples.map(({ path }) => path).toSorted()).toEqual(['http', 'tcp', 'tcp', 'tcp', 'udp']);
  for (const sample of samples) {
    expect(sample).toMatchObject({ outcome: { kind: 'answered' }, seen: sample.local, synRetransmissions: 0 });
  }
  expect(samples.find(({ path }) => path === 'http')?.http).toMatchObject({ status: 200, server: 'kprobe' });
  expect(agent.messages.filter(({ type }) => type === 'arrival')).toHaveLength(2);
  expect(agent.messages.at(-1)).toMatchObject({ type: 'bye', because: 'deadline' });
  expect(JSON.stringify(agent.messages)).toContain('the address of its far end never came');
});

test('a name is looked up by the agent, once and before it is timed, and the sample says for what address it stood', async () => {
  const file = join(folder, 'peers.json');
  const agent = start(
    assignment({
      answers: { tcp: [0], udp: [] },
      deadlineMs: 3000,
      schedules: [
        schedule('named', { kind: 'tcp', to: { name: 'localhost', port: 9 }, echo: false, bytes: 0 }, { count: 2 }),
        schedule('nowhere', { kind: 'tcp', to: { name: 'nowhere.invalid', port: 9 }, echo: false, bytes: 0 }),
      ],
    }),
    file,
  );
  await agent.ended;
  const [first, ...others] = agent.samples();
  expect(first).toMatchObject({ path: 'named', remote: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) as unknown });
  expect(others.map(({ path }) => path)).toEqual(['named']);
  expect(JSON.stringify(agent.messages)).toContain('path nowhere is not measured: nowhere.invalid does not resolve');
});

test('lookups wait for each other, and nothing else waits for them', async () => {
  const agent = start(
    assignment({
      answers: { tcp: [0], udp: [] },
      deadlineMs: 4000,
      schedules: [
        schedule('names', { kind: 'resolver', name: 'localhost' }, { count: 9, everyMs: 0 }),
        schedule('closed', { kind: 'tcp', to: { address: '127.0.0.1', port: 9 }, echo: false, bytes: 0 }),
      ],
    }),
    join(folder, 'none.json'),
  );
  await agent.ended;
  const names = agent.samples().filter(({ path, outcome }) => path === 'names' && outcome.kind === 'answered');
  expect(names.length).toBe(9);
  const inOrder = names.toSorted((a, b) => a.lateMs - b.lateMs);
  const firstEnd = Math.min(...inOrder.slice(0, 4).map(({ lateMs, totalMs }) => lateMs + totalMs));
  expect(inOrder[4]?.lateMs).toBeGreaterThanOrEqual(firstEnd);
  const [closed] = agent.samples().filter(({ path }) => path === 'closed');
  expect(closed?.lateMs).toBeLessThan(Math.max(...names.map(({ lateMs }) => lateMs)));
});

test.each([
  { says: 'what was refused is tried again', isListening: false, attempts: [0, 1, 2, 3] },
  { says: 'what got through is not', isListening: true, attempts: [0, 1] },
])('$says', async ({ isListening, attempts }) => {
  const server = createServer((socket) => socket.destroy());
  const port = await listen(server);
  if (!isListening) server.close();
  const probe: Probe = { kind: 'tcp', to: { address: '127.0.0.1', port }, echo: false, bytes: 0 };
  const agent = start(
    assignment({ schedules: [schedule('p', probe, { count: 2, again: { afterMs: 300, count: 2 } })] }),
  );
  await agent.ended;
  server.close();
  const samples = agent.samples();
  expect(samples.map(({ attempt }) => attempt)).toEqual(attempts);
  const [first, , third = null] = samples;
  // Since it was due: on a busy machine it began later.
  const waitedMs = third === null ? Infinity : third.at - ((first?.at ?? 0) - (first?.lateMs ?? 0));
  expect(waitedMs).toBeGreaterThanOrEqual(290);
});

test('an attempt in flight is told as cut when the agent is stopped', async () => {
  const server = createServer();
  const port = await listen(server);
  const probe: Probe = { kind: 'http', to: { address: '127.0.0.1', port }, tls: false, host: 'x', path: '/' };
  const agent = start(assignment({ schedules: [schedule('slow', probe)] }));
  server.once('connection', (socket) => socket.once('data', agent.stop));
  const begun = performance.now();
  await agent.ended;
  server.close();
  expect(agent.samples()).toMatchObject([{ outcome: { kind: 'cut', phase: 'first-byte' } }]);
  expect(agent.messages.at(-1)).toMatchObject({ type: 'bye', because: 'signal' });
  expect(performance.now() - begun).toBeLessThan(2000);
});

test('an agent whose listener has gone ends quietly', async () => {
  const agent = start(assignment({ answers: { tcp: [0], udp: [] } }));
  await agent.heard('hello');
  agent.out.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await expect(agent.ended).resolves.toBeUndefined();
});

describe('every end of an attempt names the phase in which it came', () => {
  const cases: { says: string; serve: (server: Server) => void; probe: (port: number) => Probe; expected: object }[] = [
    {
      says: 'a port where nobody listens refuses',
      serve: (server) => server.close(),
      probe: (port) => ({ kind: 'tcp', to: { address: '127.0.0.1', port }, echo: false, bytes: 0 }),
      expected: { outcome: { kind: 'refused', phase: 'connect' } },
    },
    {
      says: 'a server that says nothing is silent in first-byte',
      serve: () => undefined,
      probe: (port) => ({ kind: 'tcp', to: { address: '127.0.0.1', port }, echo: true, bytes: 0 }),
      expected: { outcome: { kind: 'silent', phase: 'first-byte', code: null } },
    },
    {
      says: 'a server that never says hello is silent in tls',
      serve: () => undefined,
      probe: (port) => ({ kind: 'http', to: { address: '127.0.0.1', port }, tls: true, host: 'x', path: '/' }),
      expected: { outcome: { kind: 'silent', phase: 'tls' } },
    },
    {
      says: 'a reset is a reset',
      serve: (server) => server.on('connection', (socket) => socket.once('data', () => socket.resetAndDestroy())),
      probe: (port) => ({ kind: 'http', to: { address: '127.0.0.1', port }, tls: false, host: 'x', path: '/' }),
      expected: { outcome: { kind: 'reset', phase: 'first-byte' } },
    },
    {
      says: 'a body that is cut short is no answer',
      serve: (server) =>
        server.on('connection', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort')),
      probe: (port) => ({ kind: 'http', to: { address: '127.0.0.1', port }, tls: false, host: 'x', path: '/' }),
      expected: { outcome: { kind: 'error', code: 'EOF', phase: 'body' }, http: { status: 200, bytes: 5 } },
    },
    {
      says: 'a stranger is not taken for a peer',
      serve: (server) => server.on('connection', (socket) => socket.end('SSH-2.0-x\r\n')),
      probe: (port) => ({ kind: 'tcp', to: { address: '127.0.0.1', port }, echo: true, bytes: 0 }),
      expected: { outcome: { kind: 'error', code: 'EBADANSWER', phase: 'body' }, seen: null },
    },
    {
      says: 'a name is not an address',
      serve: () => undefined,
      probe: (port) => ({ kind: 'tcp', to: { address: 'localhost', port }, echo: false, bytes: 0 }),
      expected: { outcome: { kind: 'error', code: 'EBADADDRESS', phase: 'connect' } },
    },
  ];
  test.for(cases)('$says', async ({ serve, probe, expected }) => {
    const server = createServer();
    server.on('connection', (socket) => socket.on('error', () => undefined));
    const port = await listen(server);
    serve(server);
    const agent = start(assignment({ schedules: [schedule('p', probe(port), { limitMs: 170 })] }));
    await agent.ended;
    server.close();
    expect(agent.samples()).toMatchObject([expected]);
  });
});

describe('the mark of a body is of its first 1,024 bytes, however it arrives', () => {
  // FNV-1a of 64 bits, as RFC 9923 writes it.
  const digits = (body: string) => {
    const mark = [...Buffer.from(body)].reduce(
      (sofar, byte) => ((sofar ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn,
      0xcbf29ce484222325n,
    );
    return mark.toString(16).padStart(16, '0');
  };
  test.for<[string, string[], string | null]>([
    ['no body', [''], null],
    ['a short one', ['hello'], digits('hello')],
    ['exactly as long', ['x'.repeat(1024)], digits('x'.repeat(1024))],
    ['a longer one', [`${'x'.repeat(1024)}y`], digits('x'.repeat(1024))],
    ['one in pieces', ['x'.repeat(700), `${'y'.repeat(324)}z`, 'z'], digits('x'.repeat(700) + 'y'.repeat(324))],
  ])('%s', async ([, pieces, expected]) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      const answer = async () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${pieces.join('').length}\r\n\r\n`);
        for (const piece of pieces) {
          socket.write(piece);
          await setTimeout(5);
        }
        socket.end();
      };
      socket.once('data', () => void answer());
    });
    const to = { address: '127.0.0.1', port: await listen(server) };
    const agent = start(
      assignment({ schedules: [schedule('p', { kind: 'http', to, tls: false, host: 'x', path: '/' })] }),
    );
    await agent.ended;
    server.close();
    const bytes = pieces.join('').length;
    expect(agent.samples()).toMatchObject([{ outcome: { kind: 'answered' }, http: { bytes, hash: expected } }]);
  });
});

test.for<[string, number, number | undefined]>([
  ['4,096 bytes are what a usual proxy takes', 4096, undefined],
  ['one more is told', 4097, 4097],
])('the length of an answer’s head: %s', async ([, length, told]) => {
  const frame = (value: string) => `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: ${value}\r\n\r\n`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(`${frame('x'.repeat(length - frame('').length))}ok`));
  });
  const to = { address: '127.0.0.1', port: await listen(server) };
  const agent = start(
    assignment({ schedules: [schedule('p', { kind: 'http', to, tls: false, host: 'x', path: '/' })] }),
  );
  await agent.ended;
  server.close();
  expect(agent.samples().map(({ http }) => [http?.status, http?.bytes, http?.headBytes])).toEqual([[200, 2, told]]);
});

test('DNS over UDP: A and AAAA go out from one socket, and half an answer is silence with what came', async () => {
  const ports = new Set<number>();
  const server = createSocket('udp4');
  server.on('message', (query, from) => {
    ports.add(from.port);
    if (query.at(-3) === 28) return;
    const answer = Buffer.from(query);
    answer.writeUInt16BE(0x8180, 2);
    server.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const to = { address: '127.0.0.1', port: server.address().port };
  const agent = start(
    assignment({
      schedules: [
        schedule('both', { kind: 'dns', to, transport: 'udp', name: 'a.b.', type: 'A+AAAA' }, { limitMs: 170 }),
        schedule('a', { kind: 'dns', to, transport: 'udp', name: 'a.b.', type: 'A' }, { startMs: 20 }),
      ],
    }),
  );
  await agent.ended;
  server.close();
  expect(ports.size).toBe(2);
  const empty = { rcode: 'NOERROR', answers: [], truncated: false };
  const a = { type: 'A', rcode: 'NOERROR', answers: [], ms: expect.any(Number) };
  const aaaa = { type: 'AAAA', rcode: null, answers: [], ms: null };
  expect(agent.samples()).toMatchObject([
    { path: 'a', outcome: { kind: 'answered' }, dns: { ...empty, questions: [a] } },
    { path: 'both', outcome: { kind: 'silent', phase: 'dns' }, dns: { ...empty, questions: [a, aaaa] } },
  ]);
});

/** An answer with one A record, NXDOMAIN for AAAA. */
function answerTo(query: Buffer): Buffer {
  const answer = Buffer.from(query);
  if (query.at(-3) === 28) {
    answer.writeUInt16BE(0x8183, 2);
    return answer;
  }
  answer.writeUInt16BE(0x8180, 2);
  answer.writeUInt16BE(1, 6);
  return Buffer.concat([answer, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 9])]);
}

test('DNS over UDP: each question has its own rcode, addresses and time', async () => {
  const LATE_MS = 60;
  const server = createSocket('udp4');
  const answer = async (query: Buffer, { port, address }: { readonly port: number; readonly address: string }) => {
    if (query.at(-3) === 28) await setTimeout(LATE_MS);
    server.send(answerTo(query), port, address);
  };
  server.on('message', (query, from) => void answer(query, from));
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const to = { address: '127.0.0.1', port: server.address().port };
  const probe: Probe = { kind: 'dns', to, transport: 'udp', name: 'a.b.', type: 'A+AAAA' };
  const agent = start(assignment({ schedules: [schedule('both', probe)] }));
  await agent.ended;
  server.close();
  const [sample] = agent.samples();
  expect(sample?.dns).toMatchObject({
    rcode: 'NXDOMAIN',
    answers: ['10.0.0.9'],
    questions: [
      { type: 'A', rcode: 'NOERROR', answers: ['10.0.0.9'] },
      { type: 'AAAA', rcode: 'NXDOMAIN', answers: [] },
    ],
  });
  const [a, aaaa] = sample?.dns?.questions ?? [];
  expect(a?.ms).toBeLessThan(LATE_MS);
  expect(aaaa?.ms).toBeGreaterThan(LATE_MS - 5);
  expect(aaaa?.ms).toBeLessThanOrEqual((sample?.totalMs ?? 0) + 1);
});

test('DNS over TCP: half an answer is told while the attempt waits, and when the run cuts it', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (queries: Buffer) => {
      const answer = answerTo(queries.subarray(2, 2 + queries.readUInt16BE(0)));
      socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer]));
    });
  });
  const to = { address: '127.0.0.1', port: await listen(server) };
  const probe: Probe = { kind: 'dns', to, transport: 'tcp', name: 'a.b.', type: 'A+AAAA' };
  const agent = start(assignment({ schedules: [schedule('both', probe, { limitMs: 4700 })] }));
  const waiting = await agent.heard('waiting');
  agent.stop();
  await agent.ended;
  server.close();
  const half = {
    outcome: { kind: 'cut', phase: 'dns' },
    dns: {
      rcode: 'NOERROR',
      answers: ['10.0.0.9'],
      questions: [
        { type: 'A', rcode: 'NOERROR' },
        { type: 'AAAA', rcode: null, ms: null },
      ],
    },
  };
  expect(waiting).toMatchObject({ sample: half });
  expect(agent.samples()).toMatchObject([half]);
});

test('getaddrinfo is measured in a process of its own', async () => {
  const agent = start(assignment({ schedules: [schedule('r', { kind: 'resolver', name: 'localhost' })] }));
  await agent.ended;
  expect(agent.samples()).toMatchObject([{ outcome: { kind: 'answered' }, dns: { rcode: 'NOERROR' } }]);
});

describe('the answering side', () => {
  test('a port that is taken is told, and the others are served', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '::', resolve));
    const taken = (server.address() as AddressInfo).port;
    const side = await startAnswering({ tcp: [taken, 0], udp: [] }, () => undefined);
    side.close();
    server.close();
    expect(side.tcp).toHaveLength(1);
    expect(side.unavailable[0]?.port).toBe(taken);
    expect(side.unavailable[0]?.because).toMatch(/EADDRINUSE/);
  });

  test.for([
    ['garbage', '\u0000\u0001\u0002\n'],
    ['more than it gives', 'kprobe-echo 1 9999999\n'],
    ['a line without end', 'x'.repeat(100)],
  ])('closes on %s', async ([, request]) => {
    const side = await startAnswering({ tcp: [0], udp: [] }, () => undefined);
    const socket = connect(side.tcp[0] ?? 0, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.write(request ?? '');
    await new Promise((resolve) => socket.once('close', resolve));
    side.close();
    expect(received).toBe('');
  });

  test('answers a datagram with no more bytes than it came with, but for the address', async () => {
    const side = await startAnswering({ tcp: [], udp: [0] }, () => undefined);
    const socket = createSocket('udp4');
    socket.send('kprobe-echo 1 9000\n', side.udp[0] ?? 0, '127.0.0.1');
    const answer = await new Promise<Buffer>((resolve) => socket.once('message', resolve));
    socket.close();
    side.close();
    expect(answer.length).toBeLessThan(40);
  });
});

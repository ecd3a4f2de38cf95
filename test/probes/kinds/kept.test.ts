/** A connection that is kept between two requests, against servers that treat it in the ways that servers have. */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { runAgent } from '../../../probes/agent.ts';
import { parseMessage } from '../../../probes/parse.ts';
import { peersFile } from '../../../probes/peers.ts';
import type { Sample } from '../../../probes/wire.ts';

/** Milliseconds. */
const IDLE_MS = 1000;
/** What the far end does meanwhile comes sooner than this, however busy the machine is. */
const LONG_MS = 20_000;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

const open: Disposable[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each[Symbol.dispose]();
});

/** Answers each request by what `answer` does at the first and at the second one. */
async function serve(answer: (socket: Socket, turn: number, request: string) => void): Promise<number> {
  const server = createServer((socket) => {
    let turn = 0;
    socket.on('error', () => {});
    socket.on('data', (request) => answer(socket, (turn += 1), request.toString('latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ [Symbol.dispose]: () => void server.close() });
  return (server.address() as AddressInfo).port;
}

/** What one attempt on such a server tells; the run ends with `stop`. */
async function attempt(
  port: number,
  stop: Promise<unknown> = setTimeout(5000),
  idleMs = IDLE_MS,
): Promise<Sample | undefined> {
  const samples: Sample[] = [];
  const out = new PassThrough();
  out.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) {
      const parsed = parseMessage(line);
      if (!parsed.ok) throw new Error(parsed.problem);
      if (parsed.value.type === 'sample') samples.push(parsed.value);
    }
  });
  const probe = {
    kind: 'http',
    to: { address: '127.0.0.1', port },
    tls: false,
    host: 'x',
    path: '/',
    idleMs,
  } as const;
  const schedules = [{ path: 'p', probe, startMs: 0, everyMs: 1000, count: 1, limitMs: idleMs + 1100 }];
  const assignment = { version: 2, run: 'r', agent: 'a', answers: { tcp: [], udp: [] }, schedules, deadlineMs: 5000 };
  const stopping = new AbortController();
  const ended = runAgent({
    assignment: { ...assignment, version: 2 },
    peers: peersFile('/none'),
    out,
    signal: stopping.signal,
  });
  await Promise.race([ended, stop]);
  stopping.abort();
  await ended;
  return samples[0];
}

describe('a kept connection', () => {
  test('is used again: outcome and times are those of the second request, which asks to keep it as the first did', async () => {
    const requests: string[] = [];
    const port = await serve((socket, _, request) => {
      requests.push(request);
      socket.write(ANSWER);
    });
    const sample = await attempt(port);
    expect(sample).toMatchObject({
      outcome: { kind: 'answered' },
      kept: { end: 'used' },
      http: { status: 200, bytes: 2 },
    });
    expect(sample?.kept?.idledMs).toBeGreaterThanOrEqual(IDLE_MS - 5);
    expect(sample?.totalMs).toBeLessThan(IDLE_MS);
    expect(sample?.phases).not.toHaveProperty('idle');
    expect(requests).toHaveLength(2);
    expect(requests[1]).toMatch(/connection: keep-alive/iu);
  });

  test('is closed by the far end while it idles: when, and the attempt counts as answered', async () => {
    const port = await serve((socket) => {
      socket.write(ANSWER);
      void setTimeout(120).then(() => socket.end());
    });
    const sample = await attempt(port, undefined, LONG_MS);
    expect(sample).toMatchObject({ outcome: { kind: 'answered' }, kept: { end: 'closed' } });
    expect(sample?.kept?.idledMs).toBeGreaterThan(80);
    expect(sample?.kept?.idledMs).toBeLessThan(LONG_MS);
    expect(sample?.totalMs).toBeLessThan(LONG_MS / 2);
  });

  test('is closed with the first answer', async () => {
    const port = await serve((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nok'));
    const sample = await attempt(port, undefined, LONG_MS);
    expect(sample).toMatchObject({ outcome: { kind: 'answered' }, kept: { end: 'closed' } });
    expect(sample?.kept?.idledMs).toBeLessThan(LONG_MS / 2);
  });

  test('is reset while it idles', async () => {
    const port = await serve((socket) => {
      socket.write(ANSWER);
      void setTimeout(120).then(() => socket.resetAndDestroy());
    });
    expect(await attempt(port, undefined, LONG_MS)).toMatchObject({
      outcome: { kind: 'answered' },
      kept: { end: 'aborted' },
    });
  });

  test('was forgotten: the second request is answered by RST', async () => {
    const port = await serve((socket, turn) => (turn === 1 ? socket.write(ANSWER) : socket.resetAndDestroy()));
    expect(await attempt(port)).toMatchObject({
      outcome: { kind: 'reset', phase: 'first-byte' },
      kept: { end: 'used' },
    });
  });

  test('was forgotten: nothing comes for the second request', async () => {
    const port = await serve((socket, turn) => {
      if (turn === 1) socket.write(ANSWER);
    });
    const sample = await attempt(port);
    expect(sample).toMatchObject({ outcome: { kind: 'silent', phase: 'first-byte' }, kept: { end: 'used' } });
  });

  test('is cut while it idles: nothing is told of it', async () => {
    const { promise: answered, resolve } = Promise.withResolvers<undefined>();
    const port = await serve((socket) => {
      socket.write(ANSWER);
      resolve(undefined);
    });
    const stop = answered.then(() => setTimeout(1000));
    const sample = await attempt(port, stop, 60_000);
    expect(sample).toMatchObject({ outcome: { kind: 'cut', phase: 'idle' } });
    expect(sample).not.toHaveProperty('kept');
  });
});

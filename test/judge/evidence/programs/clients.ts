/** Clients that are timed: sockets, HTTP, programs, resolvers. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** What one attempt showed. */
export interface Seen {
  readonly ms: number;
  readonly outcome: 'answered' | 'refused' | 'unreachable' | 'silent' | 'error';
  readonly status?: number;
}

const OUTCOMES: Readonly<Record<string, Seen['outcome']>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ETIMEDOUT: 'silent',
};

/** Longer than any of the timers that are waited for here. */
const LIMIT_MS = 34_000;

export async function timed<T>(run: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const from = performance.now();
  const value = await run();
  return { ms: performance.now() - from, value };
}

/** One connect; `say` is sent and an answer awaited, and its time is that of the answer. */
export async function dial(host: string, port: number, say: string | null = null): Promise<Seen> {
  const from = performance.now();
  return new Promise((resolve) => {
    let since = from;
    const done = (outcome: Seen['outcome']) => {
      socket.destroy();
      resolve({ ms: performance.now() - since, outcome });
    };
    const socket = connect({ host, port, autoSelectFamily: false, timeout: LIMIT_MS });
    socket.setNoDelay(true);
    socket.on('connect', () => {
      if (say === null) return done('answered');
      since = performance.now();
      socket.write(say);
    });
    socket.on('data', () => done('answered'));
    socket.on('timeout', () => done('silent'));
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => done(OUTCOMES[code] ?? 'error'));
  });
}

/** Says `piece` twice, one write after the other, and waits for the answer to both; the median of some such exchanges on one connection. */
export async function writeTwice(address: string, piece: string, noDelay: boolean): Promise<Seen> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect({ host, port: Number(port), noDelay });
  await once(socket, 'connect');
  const times: number[] = [];
  for (let left = 15; left > 0; left--) {
    const { ms } = await timed(async () => {
      socket.write(piece);
      await nextTurn();
      socket.write(piece);
      await once(socket, 'data');
    });
    times.push(ms);
  }
  socket.destroy();
  return { ms: times.toSorted((a, b) => a - b)[7] ?? Number.NaN, outcome: 'answered' };
}

/** Two addresses, the first of which is dead: Node's own racing. */
export async function race(addresses: readonly string[], port: number): Promise<Seen> {
  const { ms } = await timed(
    () =>
      new Promise<void>((resolve, reject) => {
        const found = addresses.map((address) => ({ address, family: 4 }));
        const socket = connect({
          host: 'raced.example',
          port,
          autoSelectFamily: true,
          lookup: (_host, _options, answer) => answer(null, found),
        });
        socket.on('connect', () => (socket.destroy(), resolve()));
        socket.on('error', reject);
      }),
  );
  return { ms, outcome: 'answered' };
}

/** Until the head of the answer is there. */
export async function request(port: number, path = '/'): Promise<Seen> {
  const { ms, value } = await timed(
    () =>
      new Promise<number>((resolve, reject) => {
        const asked = get({ host: '127.0.0.1', port, path, agent: false, timeout: LIMIT_MS }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        asked.on('error', reject);
      }),
  );
  return { ms, outcome: 'answered', status: value };
}

/** `count` requests, each begun `everyMs` after the one before. */
export function requestsEvery(everyMs: number, count: number, port: number): Promise<Seen[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => pause(everyMs * index).then(() => request(port))));
}

/** A program's time and how it ended. */
export async function program(command: readonly string[]): Promise<Seen & { said: string }> {
  const [file = '', ...args] = command;
  const { ms, value } = await timed(
    () =>
      new Promise<{ code: number; said: string }>((resolve) => {
        execFile(file, args, { timeout: LIMIT_MS }, (error, said, complaint) =>
          resolve({ code: error === null ? 0 : 1, said: `${said}${complaint}` }),
        );
      }),
  );
  return { ms, outcome: value.code === 0 ? 'answered' : 'error', said: value.said };
}

let files = 0;

/** The command with a /etc/resolv.conf of its own. */
export function withResolvConf(folder: string, lines: readonly string[], command: readonly string[]): string[] {
  const file = join(folder, `resolv-${files++}.conf`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file, ...command];
}

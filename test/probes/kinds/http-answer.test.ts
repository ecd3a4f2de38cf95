import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HttpAnswerReader } from '../../../probes/kinds/http-answer.ts';

interface Read {
  readonly state: string;
  readonly status: number | null;
  readonly body: string;
}

/** The answer cut into pieces of so many bytes, then closed by the other side. */
function read(answer: string, step = Math.max(1, answer.length)): Read {
  let body = '';
  const reader = new HttpAnswerReader((chunk) => (body += chunk.toString('latin1')));
  const bytes = Buffer.from(answer, 'latin1');
  for (let at = 0; at < bytes.length; at += step) reader.take(bytes.subarray(at, at + step));
  return { state: reader.close(), status: reader.head?.status ?? null, body };
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

test.for<[string, string, Read]>([
  ['nothing at all', '', { state: 'open', status: null, body: '' }],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', { state: 'malformed', status: null, body: '' }],
  ['a head without its end', 'HTTP/1.1 200 OK\r\nA: b\r\n', { state: 'open', status: null, body: '' }],
  [
    'a body that is cut',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
    { state: 'open', status: 200, body: 'abc' },
  ],
  [
    'a length',
    'HTTP/1.1 404 Not Found\r\ncontent-LENGTH: 3\r\n\r\nabc',
    { state: 'complete', status: 404, body: 'abc' },
  ],
  [
    'more than the length',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc',
    { state: 'complete', status: 200, body: 'a' },
  ],
  [
    'a length that is none',
    'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n',
    { state: 'malformed', status: 200, body: '' },
  ],
  ['a length of nothing', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { state: 'complete', status: 200, body: '' }],
  ['no length: until it closes', 'HTTP/1.0 200 OK\r\n\r\nabc', { state: 'complete', status: 200, body: 'abc' }],
  [
    'a status that has no body',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
    { state: 'complete', status: 304, body: '' },
  ],
  ['a status without a reason', 'HTTP/1.1 204\r\n\r\n', { state: 'complete', status: 204, body: '' }],
  [
    'interim answers',
    'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na',
    { state: 'complete', status: 200, body: 'a' },
  ],
  [
    'a changed protocol',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\0\0',
    { state: 'complete', status: 101, body: '' },
  ],
  [
    'chunks',
    `${CHUNKED}3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`,
    { state: 'complete', status: 200, body: 'abc0123456789' },
  ],
  [
    'chunks and a trailer',
    `${CHUNKED}1\r\na\r\n000\r\nDigest: x\r\n\r\n`,
    { state: 'complete', status: 200, body: 'a' },
  ],
  ['chunks without their end', `${CHUNKED}3\r\nabc\r\n`, { state: 'open', status: 200, body: 'abc' }],
  ['a chunk without a size', `${CHUNKED}zz\r\nabc\r\n`, { state: 'malformed', status: 200, body: '' }],
  ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 1\n\na', { state: 'complete', status: 200, body: 'a' }],
])('%s', ([, answer, expected]) => {
  expect(read(answer)).toEqual(expected);
  // However the network cuts it.
  for (const step of [1, 2, 7]) expect(read(answer, step)).toEqual(expected);
});

test('a head without end is not kept for ever', () => {
  const reader = new HttpAnswerReader(() => undefined);
  expect(reader.take(Buffer.from(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(12_000)}`))).toBe('malformed');
});

test('what any bytes do is an end or waiting, never an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.boolean(), (text, isHttp) => {
      expect(['open', 'complete', 'malformed']).toContain(read(isHttp ? CHUNKED + text : text).state);
    }),
    { numRuns: 500 },
  );
});

test('a real server: what it sent is what is read, with a length and in chunks', async () => {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const pieces = searchParams.getAll('piece');
    if (pathname === '/length') response.setHeader('Content-Length', Buffer.byteLength(pieces.join('')));
    for (const piece of pieces) response.write(piece);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    for (const path of ['/length?piece=abc&piece=de', '/chunks?piece=abc&piece=de', '/chunks', '/length']) {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      let body = '';
      const reader = new HttpAnswerReader((chunk) => (body += chunk.toString()));
      socket.on('data', (chunk) => reader.take(chunk));
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await once(socket, 'end');
      expect({ path, state: reader.state, body }).toEqual({
        path,
        state: 'complete',
        body: path.includes('?') ? 'abcde' : '',
      });
    }
  } finally {
    server.close();
  }
});

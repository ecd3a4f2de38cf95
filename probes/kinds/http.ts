/** HTTP/1.1, plain or over TLS, by literal address: one request on a fresh connection, redirects told and never followed. */
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Attempt } from '../attempt.ts';
import type { Endpoint } from '../sockets.ts';
import type { Probe } from '../wire.ts';
import { CLOSED_EARLY, openConnection } from './connection.ts';
import { HttpAnswerReader } from './http-answer.ts';
import type { HttpHead, HttpState } from './http-answer.ts';

type HttpProbe = Extract<Probe, { kind: 'http' }>;

/** More than any page whose latency is worth a diagnosis; reading on would measure bandwidth and burden the target. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const LONGEST_SERVER_NAME = 200;

export function probeHttp(probe: HttpProbe, attempt: Attempt, to: Endpoint): void {
  if (probe.tls) secureContext();
  openConnection(attempt, to, (socket) => {
    if (!probe.tls) return ask(probe, attempt, socket);
    attempt.enter('tls');
    const secured = connectTls({
      socket,
      secureContext: secureContext(),
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...serverName(probe.host),
    });
    attempt.ownsSocket(secured);
    secured.once('secureConnect', () => ask(probe, attempt, secured));
    secured.once('close', () => attempt.failed(CLOSED_EARLY));
  });
}

function ask(probe: HttpProbe, attempt: Attempt, socket: Socket): void {
  attempt.enter('first-byte');
  const request = requestOf(probe);
  // A Host or path that no HTTP request can carry.
  if (request === null) return attempt.failed({ code: 'EBADREQUEST', message: 'not a request that HTTP can carry' });
  let bytes = 0;
  const reader = new HttpAnswerReader((chunk) => {
    bytes += chunk.length;
    attempt.keepBody(chunk);
  });
  const take = (state: HttpState) => {
    if (attempt.hasEnded) return;
    if (reader.head !== null) describe(reader.head, attempt, bytes);
    if (state === 'malformed') attempt.failed(NOT_HTTP);
    else if (state === 'complete' || bytes >= MAX_BODY_BYTES) attempt.answered();
  };
  socket.once('data', () => attempt.enter('body'));
  socket.on('data', (chunk: Buffer) => take(reader.take(chunk)));
  socket.once('end', () => {
    take(reader.close());
    attempt.failed(CLOSED_EARLY);
  });
  socket.write(request, 'latin1');
}

const NOT_HTTP = { code: 'EBADANSWER', message: 'the answer is not HTTP/1.1' };
/** Visible characters (RFC 9110, 7.1: a request target has no spaces). */
const PATH = /^[\x21-\x7e\x80-\xff]+$/;
/** What a header's value may hold (RFC 9110, 5.5). */
const HOST = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Null where Host or path are not what a request can carry. */
function requestOf({ host, path }: HttpProbe): string | null {
  const target = path === '' ? '/' : path;
  if (!PATH.test(target) || !HOST.test(host)) return null;
  return `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: kprobe/1\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
}

function describe({ status, headers }: HttpHead, attempt: Attempt, bytes: number): void {
  const server = headers.get('server')?.slice(0, LONGEST_SERVER_NAME) ?? null;
  attempt.http = { status, bytes, server };
  const seen = headers.get('x-kprobe-seen');
  if (seen !== undefined && seen.length <= 80) attempt.seen = seen;
}

/** SNI carries names only (RFC 6066 section 3: no literal addresses, no port). */
function serverName(host: string): { servername?: string } {
  const name = host.replace(/:\d+$/, '');
  return name === '' || name.startsWith('[') || isIP(name) !== 0 ? {} : { servername: name };
}

let context: SecureContext | null = null;
/** Made once and before the clock starts. An empty list of authorities: certificates are not judged here, and loading the built-in list takes 20 ms. */
function secureContext(): SecureContext {
  context ??= createSecureContext({ ca: [] });
  return context;
}

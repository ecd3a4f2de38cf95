/** HTTP/1.1, plain or over TLS, by literal address: one request on a fresh connection, redirects told and never followed. */
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Attempt } from '../attempt.ts';
import type { Failure } from '../outcome.ts';
import type { Endpoint } from '../sockets.ts';
import type { Probe } from '../wire.ts';
import { CLOSED_EARLY, openConnection } from './connection.ts';

type HttpProbe = Extract<Probe, { kind: 'http' }>;

/** More than any page whose latency is worth a diagnosis; reading on would measure bandwidth and burden the target. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const LONGEST_SERVER_NAME = 200;
/** 32 bytes of a key, and P-256 by name, for certificates on that curve. OpenSSL 3.5 offers X25519MLKEM768 as well, of 1,216 bytes, and its hello needs two segments (openssl-list groups, RFC 9794). */
const SMALL_CURVE = 'X25519:prime256v1';
/** Protocols that nobody speaks, which a server passes over (RFC 7301, 3.2): 1,800 bytes, more than a segment of any usual network. */
const PADDING = Array.from({ length: 9 }, (_, index) => `kprobe-padding-${index}`.padEnd(200, '.'));

export function probeHttp(probe: HttpProbe, attempt: Attempt, to: Endpoint): void {
  if (probe.tls) secureContext(probe);
  openConnection(attempt, to, (socket) => {
    if (!probe.tls) return ask(probe, attempt, socket);
    attempt.enter('tls');
    const secured = connectTls({
      socket,
      secureContext: secureContext(probe),
      rejectUnauthorized: false,
      ALPNProtocols: probe.hello === 'large' ? ['http/1.1', ...PADDING] : ['http/1.1'],
      ...serverName(probe.host),
    });
    attempt.ownsSocket(secured);
    secured.once('secureConnect', () => ask(probe, attempt, secured));
    secured.once('close', () => attempt.failed(CLOSED_EARLY));
  });
}

function ask(probe: HttpProbe, attempt: Attempt, socket: Socket): void {
  attempt.enter('first-byte');
  const sent = makeRequest(probe, attempt, socket);
  if (sent === null) return;
  // Node's parser took its place on the socket when it was handed over; this listener must run before it.
  sent.once('socket', () => socket.prependOnceListener('data', () => attempt.enter('body')));
  sent.once('response', (response) => readBody(response, attempt));
  sent.once('upgrade', (response) => {
    describe(response, attempt, 0);
    attempt.answered();
  });
  sent.on('error', (error: Failure) => attempt.failed(isPrematureEnd(error) ? CLOSED_EARLY : error));
  sent.end();
}

/** Node's client reports a connection that was closed without an answer as ECONNRESET; only a real one comes from a system call. */
function isPrematureEnd(error: Failure): boolean {
  return error.code === 'ECONNRESET' && error.syscall === undefined;
}

function makeRequest(probe: HttpProbe, attempt: Attempt, socket: Socket): ClientRequest | null {
  try {
    return request({
      createConnection: () => socket,
      path: probe.path === '' ? '/' : probe.path,
      setHost: false,
      headers: { Host: probe.host, 'User-Agent': 'kprobe/1', Accept: '*/*', Connection: 'close' },
    });
  } catch (error) {
    // A Host or path that no HTTP request can carry.
    attempt.failed({ code: 'EBADREQUEST', message: error instanceof Error ? error.message : String(error) });
    return null;
  }
}

function readBody(response: IncomingMessage, attempt: Attempt): void {
  let bytes = 0;
  describe(response, attempt, bytes);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    attempt.keepBody(chunk);
    describe(response, attempt, bytes);
    if (bytes >= MAX_BODY_BYTES) attempt.answered();
  });
  response.once('end', () => attempt.answered());
  response.on('error', (error: Failure) => attempt.failed(isPrematureEnd(error) ? CLOSED_EARLY : error));
}

function describe(response: IncomingMessage, attempt: Attempt, bytes: number): void {
  if (attempt.hasEnded) return;
  const told = response.headers['server'];
  const server = typeof told === 'string' ? told.slice(0, LONGEST_SERVER_NAME) : null;
  attempt.http = { status: response.statusCode ?? 0, bytes, server };
  const seen = response.headers['x-kprobe-seen'];
  if (typeof seen === 'string' && seen.length <= 80) attempt.seen = seen;
}

/** SNI carries names only (RFC 6066 section 3: no literal addresses, no port). */
function serverName(host: string): { servername?: string } {
  const name = host.replace(/:\d+$/, '');
  return name === '' || name.startsWith('[') || isIP(name) !== 0 ? {} : { servername: name };
}

const contexts = new Map<string, SecureContext>();
/** Made once and before the clock starts. An empty list of authorities: certificates are not judged here, and loading the built-in list takes 20 ms. */
function secureContext({ hello }: HttpProbe): SecureContext {
  const curve = hello === 'small' ? SMALL_CURVE : '';
  const known = contexts.get(curve);
  if (known !== undefined) return known;
  const made = createSecureContext(curve === '' ? { ca: [] } : { ca: [], ecdhCurve: curve });
  contexts.set(curve, made);
  return made;
}

/** HTTP/1.1, plain or over TLS, by literal address: one request on a fresh connection, redirects told and never followed. */
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Attempt } from '../attempt.ts';
import { late } from '../late.ts';
import type { Endpoint } from '../sockets.ts';
import type { Probe } from '../wire.ts';
import { certificateOf } from './certificate.ts';
import { CLOSED_EARLY, openConnection } from './connection.ts';
import type { Listener } from './connection.ts';
import { HttpAnswerReader } from './http-answer.ts';
import type { HttpHead, HttpState } from './http-answer.ts';
import { fateOf, leadsToItself, placeOf } from './redirect.ts';
import { isTlsRecord, saysTlsIsWanted } from './tls-wanted.ts';

type HttpProbe = Extract<Probe, { kind: 'http' }>;

/** More than any page whose latency is worth a diagnosis; reading on would measure bandwidth and burden the target. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const LONGEST_SERVER_NAME = 200;
/** The least that a usual proxy takes: one page of memory (nginx, proxy_buffer_size). */
const USUAL_HEAD_BYTES = 4096;
/** 32 bytes of a key, and P-256 by name, for certificates on that curve. OpenSSL 3.5 offers X25519MLKEM768 as well, of 1,216 bytes, and its hello needs two segments (openssl-list groups, RFC 9794). */
const SMALL_CURVE = 'X25519:prime256v1';
/** Protocols that nobody speaks, which a server passes over (RFC 7301, 3.2): 1,800 bytes, more than a segment of any usual network. */
const PADDING = Array.from({ length: 9 }, (_, index) => `kprobe-padding-${index}`.padEnd(200, '.'));

export function probeHttp(probe: HttpProbe, attempt: Attempt, to: Endpoint): void {
  const exchange = new Exchange(probe, attempt, to);
  if (!probe.tls) return openConnection(attempt, to, exchange);
  secureContext(probe);
  openConnection(attempt, to, {
    connected: (socket) => {
      attempt.enter('tls');
      const secured = late('node:tls').connect({
        socket,
        secureContext: secureContext(probe),
        rejectUnauthorized: false,
        ALPNProtocols: probe.hello === 'large' ? ['http/1.1', ...PADDING] : ['http/1.1'],
        ...serverName(probe.host),
      });
      attempt.ownsSocket(secured);
      secured.once('secureConnect', () => {
        exchange.connected(secured);
        // While the answer is on its way: reading a certificate takes a part of a millisecond.
        attempt.certificate = certificateOf(secured, serverName(probe.host).servername ?? null);
      });
      secured.on('data', (chunk: Buffer) => exchange.received(chunk));
      secured.once('close', () => attempt.failed(CLOSED_EARLY));
    },
  });
}

/** One request and its answer; where the probe wants it, the connection then idles and is asked once more. */
class Exchange implements Listener {
  readonly #probe: HttpProbe;
  readonly #attempt: Attempt;
  readonly #to: Endpoint;
  #reader: HttpAnswerReader;
  #bytes = 0;
  #hasBegun = false;
  /** The answer to what was asked last is there. */
  #isWhole = false;
  #socket: Socket | null = null;
  /** How long the connection is still to idle before it is used again. */
  #idleMs: number | null;

  constructor(probe: HttpProbe, attempt: Attempt, to: Endpoint) {
    this.#probe = probe;
    this.#attempt = attempt;
    this.#to = to;
    this.#idleMs = probe.idleMs ?? null;
    this.#reader = this.#newReader();
  }

  connected(socket: Socket): void {
    this.#attempt.enter('first-byte');
    this.#socket = socket;
    socket.on('end', () => {
      if (this.#isWhole) return;
      this.#take(this.#reader.close());
      if (!this.#isWhole) this.#attempt.failed(CLOSED_EARLY);
    });
    this.#ask(socket);
  }

  received(bytes: Buffer): void {
    if (this.#isWhole) return;
    if (!this.#hasBegun) this.#attempt.enter('body');
    if (!this.#hasBegun && !this.#probe.tls && isTlsRecord(bytes)) return this.#attempt.failed(TLS_RECORD);
    this.#hasBegun = true;
    this.#take(this.#reader.take(bytes));
  }

  #newReader(): HttpAnswerReader {
    return new HttpAnswerReader((chunk) => {
      this.#bytes += chunk.length;
      this.#attempt.keepBody(chunk);
    });
  }

  #ask(socket: Socket): void {
    const request = requestOf(this.#probe);
    // A Host or path that no HTTP request can carry.
    if (request === null)
      return this.#attempt.failed({ code: 'EBADREQUEST', message: 'not a request that HTTP can carry' });
    socket.write(request, 'latin1');
  }

  #take(state: HttpState): void {
    const attempt = this.#attempt;
    if (attempt.hasEnded) return;
    if (this.#reader.head !== null) describe(this.#reader.head, this.#probe, attempt, this.#bytes);
    if (state === 'malformed') return attempt.failed(NOT_HTTP);
    if (state !== 'complete' && this.#bytes < MAX_BODY_BYTES) return;
    this.#isWhole = true;
    this.#noteWantedTls();
    this.#noteRedirect();
    const [idleMs, socket] = [this.#idleMs, this.#socket];
    if (idleMs === null || socket === null) return attempt.answered();
    this.#idleMs = null;
    keep(idleMs, attempt, socket, () => this.#askAgain(socket));
  }

  #noteWantedTls(): void {
    const { http } = this.#attempt;
    if (http === null || this.#probe.tls || !saysTlsIsWanted(http.status, this.#attempt.bodyText())) return;
    this.#attempt.http = { ...http, wantsTls: true };
  }

  #noteRedirect(): void {
    const [{ http }, head, probe] = [this.#attempt, this.#reader.head, this.#probe];
    const place = head === null ? null : placeOf(head, probe);
    if (http === null || place === null) return;
    this.#attempt.http = { ...http, redirect: { ...place, fate: fateOf(place, probe, this.#to) } };
  }

  #askAgain(socket: Socket): void {
    this.#isWhole = false;
    this.#hasBegun = false;
    this.#bytes = 0;
    this.#reader = this.#newReader();
    this.#ask(socket);
  }
}

/** Lets the connection idle; then it is used again, unless the far end has ended it by then. */
function keep(idleMs: number, attempt: Attempt, socket: Socket, useAgain: () => void): void {
  const since = performance.now();
  attempt.enter('idle');
  const over = (end: 'closed' | 'aborted') => {
    clearTimeout(timer);
    attempt.kept = { end, idledMs: performance.now() - since };
    attempt.whileIdle = null;
    attempt.answered(since);
  };
  const timer = setTimeout(() => {
    attempt.whileIdle = null;
    attempt.kept = { end: 'used', idledMs: performance.now() - since };
    attempt.again();
    useAgain();
  }, idleMs);
  attempt.owns(() => clearTimeout(timer));
  attempt.whileIdle = ({ code }) => over(code === CLOSED_EARLY.code ? 'closed' : 'aborted');
  const ended = () => {
    if (attempt.whileIdle !== null) over('closed');
  };
  if (socket.readableEnded) ended();
  else socket.once('end', ended);
}

const TLS_RECORD = { code: 'ETLSRECORD', message: 'the answer is a record of TLS, not HTTP' };
const NOT_HTTP = { code: 'EBADANSWER', message: 'the answer is not HTTP/1.1' };
/** Visible characters (RFC 9110, 7.1: a request target has no spaces). */
const PATH = /^[\x21-\x7e\x80-\xff]+$/;
/** What a header's value may hold (RFC 9110, 5.5). */
const HOST = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Null where Host or path are not what a request can carry. */
function requestOf({ host, path, idleMs }: HttpProbe): string | null {
  const target = path === '' ? '/' : path;
  if (!PATH.test(target) || !HOST.test(host)) return null;
  return `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: kprobe/1\r\nAccept: */*\r\nConnection: ${idleMs === undefined ? 'close' : 'keep-alive'}\r\n\r\n`;
}

function describe(head: HttpHead, probe: HttpProbe, attempt: Attempt, bytes: number): void {
  const { status, headers } = head;
  const server = headers.get('server')?.slice(0, LONGEST_SERVER_NAME) ?? null;
  attempt.http = {
    status,
    bytes,
    server,
    ...(leadsToItself(head, probe) ? { leadsToItself: true } : {}),
    ...(head.bytes > USUAL_HEAD_BYTES ? { headBytes: head.bytes } : {}),
  };
  const seen = headers.get('x-kprobe-seen');
  if (seen !== undefined && seen.length <= 80) attempt.seen = seen;
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
  const { createSecureContext } = late('node:tls');
  const made = createSecureContext(curve === '' ? { ca: [] } : { ca: [], ecdhCurve: curve });
  contexts.set(curve, made);
  return made;
}

/**
 * The answering side: echo and HTTP on the same TCP ports, echo on UDP ports. It tells each peer which address it saw it
 * come from, and the controller who arrived. Everything is bounded: it may stand where anybody can reach it.
 */
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket as DatagramSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { formatEndpoint, plainAddress } from './address.ts';
import { MAX_ECHO_BYTES, parseEchoRequest, seenLine } from './echo.ts';
import type { Family } from './sockets.ts';
import type { Answers, Arrival, Hello } from './wire.ts';

/** A connection that says nothing for this long is let go. */
const IDLE_MS = 30_000;
const MAX_CONNECTIONS = 512;
/** As much as a request line with its headers may take, as in most servers. */
const MAX_REQUEST_CHARACTERS = 16 * 1024;
/** Different peers worth telling; a scanner must not fill the log. */
const MAX_ARRIVALS = 2000;
const METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /;
const FILLER = Buffer.alloc(MAX_ECHO_BYTES, '.');

export interface AnsweringSide extends Pick<Hello, 'tcp' | 'udp' | 'unavailable'> {
  /** Of the sockets that listen for TCP. */
  readonly tcpFamilies: readonly Family[];
  close(): void;
}

type ReportArrival = (arrival: Arrival) => void;

/** Listens on all that can be listened on; what cannot is told in `unavailable`. */
export async function startAnswering(answers: Answers, report: ReportArrival): Promise<AnsweringSide> {
  const told = new Set<string>();
  const arrive = (transport: 'tcp' | 'udp', port: number, address: string) => {
    const from = plainAddress(address);
    const key = `${transport} ${port} ${from}`;
    if (told.has(key) || told.size >= MAX_ARRIVALS) return;
    told.add(key);
    report({ type: 'arrival', at: Date.now(), transport, port, from });
  };
  const tcp = await Promise.all(answers.tcp.map((port) => listenTcp(port, arrive)));
  const udp = await Promise.all(answers.udp.map((port) => listenUdp(port, arrive)));
  const listeners = [...tcp, ...udp];
  return {
    tcp: tcp.flatMap((one) => ('because' in one ? [] : one.port)),
    tcpFamilies: [...new Set(tcp.flatMap((one) => ('because' in one ? [] : one.family)))],
    udp: udp.flatMap((one) => ('because' in one ? [] : one.port)),
    unavailable: listeners.flatMap((one) => ('because' in one ? { port: one.port, because: one.because } : [])),
    close: () => {
      for (const one of listeners) if ('close' in one) one.close();
    },
  };
}

type Arrive = (transport: 'tcp' | 'udp', port: number, address: string) => void;
type Listening = { port: number; close: () => void } | { port: number; because: string };
type TcpListening = { port: number; family: Family; close: () => void } | { port: number; because: string };

async function listenTcp(port: number, arrive: Arrive): Promise<TcpListening> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const { remoteAddress, remotePort, localPort } = socket;
    socket.on('error', () => socket.destroy());
    if (remoteAddress === undefined || remotePort === undefined) return socket.destroy();
    arrive('tcp', localPort ?? port, remoteAddress);
    converse(socket, formatEndpoint(remoteAddress, remotePort));
  });
  server.maxConnections = MAX_CONNECTIONS;
  const failure = await firstThatWorks(['::', '0.0.0.0'], (host) => listening(server, { port, host }));
  if (failure !== null) return { port, because: failure };
  server.on('error', () => undefined);
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  const address = server.address() as AddressInfo;
  return { port: address.port, family: address.family === 'IPv6' ? 6 : 4, close };
}

async function listenUdp(port: number, arrive: Arrive): Promise<Listening> {
  let socket: DatagramSocket | null = null;
  const failure = await firstThatWorks(['::', '0.0.0.0'], async (address) => {
    const candidate = createSocket({ type: address === '::' ? 'udp6' : 'udp4' });
    const problem = await bound(candidate, port, address);
    if (problem === null) socket = candidate;
    else candidate.close();
    return problem;
  });
  const ready = socket as DatagramSocket | null;
  if (failure !== null || ready === null) return { port, because: failure ?? 'no address family' };
  const chosen = ready.address().port;
  ready.on('error', () => undefined);
  ready.on('message', (datagram, from) => {
    arrive('udp', chosen, from.address);
    answerDatagram(ready, datagram, from);
  });
  return { port: chosen, close: () => ready.close() };
}

/** The answer is never longer than what was asked with, but for the address: no use as an amplifier. */
function answerDatagram(socket: DatagramSocket, datagram: Buffer, from: RemoteInfo): void {
  const [line = ''] = datagram.subarray(0, 64).toString('latin1').split('\n', 1);
  const bytes = parseEchoRequest(line);
  if (bytes === null) return;
  const seen = Buffer.from(seenLine(formatEndpoint(from.address, from.port)));
  const length = Math.min(bytes, datagram.length);
  const answer = length > seen.length ? Buffer.concat([seen, FILLER.subarray(0, length - seen.length)]) : seen;
  socket.send(answer, from.port, from.address, () => undefined);
}

/** Reads the first line (or an HTTP head), answers, and closes. */
function converse(socket: Socket, seen: string): void {
  let received = '';
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    const isHttp = METHOD.test(received);
    const end = received.indexOf(isHttp ? '\r\n\r\n' : '\n');
    if (end < 0) {
      if (received.length > (isHttp ? MAX_REQUEST_CHARACTERS : 64)) socket.destroy();
      return;
    }
    socket.removeAllListeners('data').resume();
    if (isHttp) return void socket.end(httpAnswer(seen, received.startsWith('HEAD ')));
    const bytes = parseEchoRequest(received.slice(0, end));
    if (bytes === null) return void socket.destroy();
    // Not joined: all connections share the one filler.
    socket.cork();
    socket.write(seenLine(seen));
    socket.end(FILLER.subarray(0, bytes));
  });
}

function httpAnswer(seen: string, isHead: boolean): string {
  const body = seenLine(seen);
  const head = [
    'HTTP/1.1 200 OK',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Server: kprobe',
    `X-Kprobe-Seen: ${seen}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${isHead ? '' : body}`;
}

/** Dual stack first; a kernel without IPv6 gets IPv4. Null when one worked, else why the last did not. */
async function firstThatWorks(
  hosts: readonly string[],
  attempt: (host: string) => Promise<string | null>,
): Promise<string | null> {
  let problem: string | null = 'nothing to listen on';
  for (const host of hosts) {
    problem = await attempt(host);
    if (problem === null || !/EAFNOSUPPORT|EADDRNOTAVAIL|EINVAL/.test(problem)) return problem;
  }
  return problem;
}

function listening(server: Server, where: { port: number; host: string }): Promise<string | null> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve(error.message);
    server.once('error', failed);
    server.listen(where, () => {
      server.off('error', failed);
      resolve(null);
    });
  });
}

function bound(socket: DatagramSocket, port: number, address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const failed = (error: Error) => resolve(error.message);
    socket.once('error', failed);
    socket.bind({ port, address }, () => {
      socket.off('error', failed);
      resolve(null);
    });
  });
}

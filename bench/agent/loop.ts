/**
 * The floor of this language: Node's sockets alone, evenly paced, nothing measured but the connect and the first byte. Arguments as those of client.go:
 * kind, address, port, attempts a second, number of attempts.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Told } from './probers.ts';

const [kind = '', address = '', port = '', rate = '', count = ''] = process.argv.slice(2);
const attempts = Number(count);
const told: Told[] = [];
let ended = 0;
let failed = 0;

function end(): void {
  ended += 1;
  if (ended < attempts) return;
  const answered = attempts - failed;
  process.stdout.write(`${JSON.stringify({ answered, failed, attempts: told })}\n`);
}

function overTcp(): void {
  const begin = performance.now();
  const own = { port: 0, connectMs: 0, firstByteMs: 0 };
  let asked = 0;
  const socket = connect({ host: address, port: Number(port), noDelay: true });
  socket.on('connect', () => {
    asked = performance.now();
    own.connectMs = asked - begin;
    own.port = socket.localPort ?? 0;
    told.push(own);
    if (kind === 'tcp') socket.destroy();
    else socket.write(`GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: close\r\n\r\n`);
  });
  socket.on('data', () => (own.firstByteMs ||= performance.now() - asked));
  socket.on('error', () => (failed += 1));
  socket.on('close', end);
}

/** An A question for a.example.com (RFC 1035, 4.1). */
const QUESTION = Buffer.from('1234010000010000000000000161076578616d706c6503636f6d0000010001', 'hex');
const DATAGRAM = Buffer.alloc(100);

function overUdp(): void {
  const begin = performance.now();
  const socket = createSocket('udp4');
  socket.on('message', () => {
    told.push({ port: 0, connectMs: 0, firstByteMs: performance.now() - begin });
    socket.close();
    end();
  });
  socket.connect(Number(port), address, () => socket.send(kind === 'dns' ? QUESTION : DATAGRAM));
}

process.stdout.write('{"ready":true}\n');
const begin = performance.now();
let next = 0;
function pace(): void {
  while (next < attempts && begin + (next * 1000) / Number(rate) <= performance.now()) {
    next += 1;
    if (kind === 'http' || kind === 'tcp') overTcp();
    else overUdp();
  }
  if (next < attempts) setTimeout(pace, Math.max(0, begin + (next * 1000) / Number(rate) - performance.now()));
}
pace();
process.stdin.on('end', () => process.exit(0)).resume();

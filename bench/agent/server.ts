/** The other side of bench:agent: HTTP and UDP on loopback, as cheap as can be. Says its ports, then when the first connection came (Unix milliseconds). */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { seenLine } from '../../probes/echo.ts';

const PAGE = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n';
/** QR and RD, one question, one answer: a pointer to the name asked for, A, IN, 60 s, 192.0.2.1 (RFC 1035, 4.1). */
const ANSWER = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);

let hasCome = false;
const tcp = createServer({ noDelay: true }, (socket) => {
  if (!hasCome) process.stdout.write(`${JSON.stringify({ firstAt: performance.timeOrigin + performance.now() })}\n`);
  hasCome = true;
  socket.on('data', () => socket.end(PAGE));
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
});
const dns = createSocket('udp4', (query, { port, address }) => {
  const answer = Buffer.concat([query, ANSWER]);
  answer.writeUInt16BE(0x8180, 2);
  answer.writeUInt16BE(1, 6);
  dns.send(answer, port, address);
});
const udp = createSocket('udp4', (_request, { port, address }) => {
  udp.send(seenLine(`${address}:${port}`).padEnd(100), port, address);
});
tcp.listen(0, '127.0.0.1', () =>
  dns.bind(0, '127.0.0.1', () =>
    udp.bind(0, '127.0.0.1', () => {
      const http = (tcp.address() as AddressInfo).port;
      process.stdout.write(
        `${JSON.stringify({ http, tcp: http, dns: dns.address().port, udp: udp.address().port })}\n`,
      );
    }),
  ),
);
process.stdin.on('end', () => process.exit(0)).resume();

/**
 * UDP: one datagram to kprobe's answering side. The request is as long as the answer that it asks for, so that both
 * directions carry the size under test and nobody can use the answering side as an amplifier. Phase first-byte.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { formatEndpoint } from '../address.ts';
import type { Attempt } from '../attempt.ts';
import { echoRequest, parseSeenLine } from '../echo.ts';
import type { Failure } from '../outcome.ts';
import type { Endpoint } from '../sockets.ts';
import type { Probe } from '../wire.ts';

export function probeUdp(probe: Extract<Probe, { kind: 'udp' }>, attempt: Attempt, to: Endpoint): void {
  openDatagramSocket(attempt, to, (socket) => {
    socket.on('message', (datagram) => {
      const [line = ''] = datagram.toString('latin1').split('\n', 1);
      attempt.seen = parseSeenLine(line);
      if (attempt.seen === null)
        attempt.failed({ code: 'EBADANSWER', message: 'the answer is not that of a kprobe agent' });
      else attempt.answered();
    });
    const request = echoRequest(probe.bytes);
    sendDatagram(attempt, socket, Buffer.from(request.padEnd(probe.bytes, '.'), 'latin1'));
  });
}

/** A fresh socket that is connected, because only then the kernel reports ICMP errors for it. */
export function openDatagramSocket(attempt: Attempt, to: Endpoint, whenReady: (socket: Socket) => void): void {
  const socket = createSocket(isIPv6(to.address) ? 'udp6' : 'udp4');
  attempt.owns(() => socket.close());
  socket.on('error', (error: Failure) => attempt.failed(error));
  // Not as the callback of `connect`: that one is called with an error too (no route, a prohibited one), and it is then not emitted.
  socket.once('connect', () => {
    if (attempt.hasEnded) return;
    const local = socket.address();
    attempt.local = formatEndpoint(local.address, local.port);
    attempt.restart();
    whenReady(socket);
  });
  if (attempt.localPort === null) socket.connect(to.port, to.address);
  else socket.bind(attempt.localPort, () => socket.connect(to.port, to.address));
}

/** Sends; what the kernel refuses at once (no route, too long, dropped by a local rule) ends the attempt. */
export function sendDatagram(attempt: Attempt, socket: Socket, datagram: Buffer): void {
  socket.send(datagram, (error) => {
    if (error === null) attempt.hasSent = true;
    else attempt.failed(error as Failure);
  });
}

/** How every TCP kind connects: to a literal address, timed around the kernel's own connect. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { plainAddress, formatEndpoint } from '../address.ts';
import type { Attempt } from '../attempt.ts';
import type { Endpoint } from '../sockets.ts';

/** Connects; errors end the attempt, success calls `whenConnected` at the instant the connection stands. */
export function openConnection(attempt: Attempt, to: Endpoint, whenConnected: (socket: Socket) => void): void {
  // For a literal address Node calls the kernel in the next tick: the ticks around it are the closest to that call.
  process.nextTick(() => attempt.restart());
  const from = attempt.localPort === null ? {} : { localPort: attempt.localPort };
  const socket = connect({ host: to.address, port: to.port, autoSelectFamily: false, noDelay: true, ...from });
  process.nextTick(() => {
    const { localAddress, localPort } = socket;
    if (socket.destroyed || localAddress === undefined || localPort === undefined) return;
    attempt.hasSent = true;
    attempt.local = formatEndpoint(localAddress, localPort);
    if (!attempt.hasEnded) {
      attempt.observer.connecting({ address: plainAddress(localAddress), port: localPort }, to);
    }
  });
  attempt.ownsSocket(socket);
  socket.once('connect', () => whenConnected(socket));
}

/** The far end closed its side although an answer was owed. Not a reset: no RST was seen. */
export const CLOSED_EARLY = {
  code: 'EOF',
  message: 'the other side closed the connection before its answer was complete',
};

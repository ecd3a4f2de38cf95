/** How every TCP kind connects: to a literal address, timed around the kernel's own connect. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { plainAddress, formatEndpoint } from '../address.ts';
import type { Attempt } from '../attempt.ts';
import type { Endpoint } from '../sockets.ts';

/** What a kind wants to hear of its connection. Errors end the attempt, and are not told. */
export interface Listener {
  /** At the instant the connection stands. */
  connected(socket: Socket): void;
  /** What came, valid until this returns: all connections read into the same memory. Absent where somebody else reads (TLS). */
  received?(bytes: Buffer): void;
}

/** As much as Node reads at once by itself; memory of its own for each read costs a tenth of an attempt. */
const READ_BYTES = 64 * 1024;
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

export function openConnection(attempt: Attempt, to: Endpoint, listener: Listener): void {
  // For a literal address Node calls the kernel in the next tick: the ticks around it are the closest to that call.
  process.nextTick(() => attempt.restart());
  const socket = connect({
    host: to.address,
    port: to.port,
    autoSelectFamily: false,
    noDelay: true,
    ...(attempt.localPort === null ? {} : { localPort: attempt.localPort }),
    ...(listener.received === undefined ? {} : { onread: { buffer: shared, callback: readingInto(listener) } }),
  });
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
  socket.on('connect', () => listener.connected(socket));
}

function readingInto(listener: Listener): (bytes: number, buffer: Uint8Array) => boolean {
  return (bytes) => {
    listener.received?.(shared.subarray(0, bytes));
    return true;
  };
}

/** The far end closed its side although an answer was owed. Not a reset: no RST was seen. */
export const CLOSED_EARLY = {
  code: 'EOF',
  message: 'the other side closed the connection before its answer was complete',
};

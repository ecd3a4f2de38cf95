/** What stands between kprobe and the API server: it counts connections and bytes, and reads nothing, for all is TLS. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Gate extends AsyncDisposable {
  readonly port: number;
  readonly counted: Counted;
  /** Begins a new count; connections that are open stay so. */
  reset(): void;
}

export interface Counted {
  readonly mostConnections: number;
  /** All that were ever opened. */
  readonly connections: number;
  /** From the API server, as it is on the wire: TLS and HTTP with it. */
  readonly answerBytes: number;
}

/** `delayMs`: each answer is held back for so long on its way. */
export async function openGate(upstreamPort: number, delayMs = 0): Promise<Gate> {
  let counted = { mostConnections: 0, connections: 0, answerBytes: 0 };
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(upstreamPort, '127.0.0.1');
    open.add(near);
    counted.connections += 1;
    counted.mostConnections = Math.max(counted.mostConnections, open.size);
    near.setNoDelay();
    far.setNoDelay();
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      counted.answerBytes += chunk.length;
      const pass = () => {
        if (near.writable && !near.write(chunk)) far.pause();
      };
      if (delayMs === 0) pass();
      else setTimeout(pass, delayMs);
    });
    near.on('drain', () => far.resume());
    far.on('end', () => setTimeout(() => near.end(), delayMs));
    const over = () => {
      open.delete(near);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', over);
    near.on('close', over);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get counted() {
      return counted;
    },
    reset() {
      counted = { mostConnections: open.size, connections: 0, answerBytes: 0 };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

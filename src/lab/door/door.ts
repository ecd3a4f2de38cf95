/**
 * A way into the lab for other terminals of the same machine: a listening socket of the machine's own loopback
 * address, handed to the process inside (a socket stays in the network it was made in). It closes with the lab.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

const WANTED = 'door wanted';
const HANDED = 'door';

export interface Door {
  /** Port on 127.0.0.1 of the machine. */
  readonly port: number;
  /** Hands the listening socket to the process inside. */
  serve(child: ChildProcess): void;
  close(): void;
}

/** Listens on a free port of the machine's loopback address. */
export async function openDoor(): Promise<Door> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    serve: (child) => {
      child.on('message', (message) => {
        // Our own copy must be closed, or it would take connections that nobody leads on.
        if (message === WANTED) child.send(HANDED, server, () => server.close());
      });
    },
    close: () => server.close(),
  };
}

/** Inside: leads whoever comes through the door to `host`:`port`. Resolves to the door's port, null where there is none. */
export async function leadTo(host: string, port: number, limitMs = 2000): Promise<number | null> {
  const server = await receive(limitMs);
  if (server === null) return null;
  server.on('connection', (visitor) => {
    const api = connect({ host, port });
    visitor.pipe(api).pipe(visitor);
    visitor.on('error', () => api.destroy());
    api.on('error', () => visitor.destroy());
  });
  return (server.address() as AddressInfo).port;
}

async function receive(limitMs: number): Promise<Server | null> {
  if (!process.connected) return null;
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(null), limitMs);
    process.on('message', (message, handle) => {
      if (message !== HANDED) return;
      clearTimeout(limit);
      resolve(handle as Server);
    });
    process.send?.(WANTED);
  });
}

/** The world outside the cluster: a web server on an address of the lab's own, over HTTP and TLS. */
import { once } from 'node:events';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer as createTls } from 'node:https';
import { selfSigned } from './certificate.ts';

export interface Outside {
  close(): void;
}

/** Answers every request on ports 80 and 443 with the address that asked. */
export async function startOutside(address: string, name: string): Promise<Outside> {
  const answer: RequestListener = ({ socket }, response) => response.end(`outside saw ${socket.remoteAddress}\n`);
  const { certificatePem, keyPem } = selfSigned(name, [name]);
  const servers = [
    { server: createPlain(answer), port: 80 },
    { server: createTls({ cert: certificatePem, key: keyPem }, answer), port: 443 },
  ];
  await Promise.all(servers.map(async ({ server, port }) => once(server.listen(port, address), 'listening')));
  return {
    close: () => {
      for (const { server } of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

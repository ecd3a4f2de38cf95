/** Stands before an API server and counts what it is asked; changes nothing of it. */
import { Agent, createServer, request as ask } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';

export interface Calls {
  /** Requests by verb: list and get (both GET), watch, log, create, patch, delete. */
  readonly requests: Readonly<Record<string, number>>;
  readonly podsCreated: number;
  /** Bytes of all answers' bodies. */
  readonly answered: number;
  /** Most connections that were open at one time. */
  readonly connections: number;
}

export interface CountingProxy {
  readonly url: string;
  readonly calls: () => Calls;
  readonly close: () => void;
}

/** `server`: the address of an API server over plain HTTP. */
export async function countingProxy(server: string): Promise<CountingProxy> {
  const requests: Record<string, number> = {};
  const open = new Set<Socket>();
  let [podsCreated, answered, connections] = [0, 0, 0];
  const agent = new Agent({ keepAlive: true });
  const proxy = createServer((message, reply) => {
    const verb = verbOf(message);
    requests[verb] = (requests[verb] ?? 0) + 1;
    const { method, headers } = message;
    const onward = ask(new URL(message.url ?? '/', server), { method, headers, agent }, (answer) => {
      if (isPod(message) && verb === 'create' && (answer.statusCode ?? 500) < 300) podsCreated += 1;
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => void (answered += chunk.length));
      answer.on('error', () => reply.destroy());
      answer.pipe(reply);
    });
    onward.on('error', () => reply.destroy());
    reply.on('close', () => onward.destroy());
    message.pipe(onward);
  });
  proxy.on('connection', (socket) => {
    open.add(socket);
    connections = Math.max(connections, open.size);
    socket.on('close', () => open.delete(socket));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    calls: () => ({ requests, podsCreated, answered, connections }),
    close: () => {
      agent.destroy();
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

function verbOf({ method, url = '' }: IncomingMessage): string {
  if (method === 'POST') return /reviews\b/.test(url) ? 'review' : 'create';
  if (method !== 'GET') return (method ?? '').toLowerCase();
  if (/[?&]watch=(?:true|1)/.test(url)) return 'watch';
  return /\/log(?:\?|$)/.test(url) ? 'log' : 'read';
}

function isPod({ url = '' }: IncomingMessage): boolean {
  return /\/pods(?:\?|$)/.test(url);
}

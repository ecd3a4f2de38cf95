/** `pods/attach` over WebSockets, for standard input alone: nothing is told of what the container writes, which its log has. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ContainerInput, Inputs } from './inputs.ts';
import { parseResourcePath } from './request.ts';
import { badRequest, notFound, unknownPath, type Status } from './status.ts';
import type { ClusterStore } from './store.ts';

/** What is spoken, the newest first (kubernetes.io, KEP-4006). */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const STDIN = 0;

/** Who may do what: null, or why not. */
export type Refusing = (message: IncomingMessage, path: string) => Status | null;

export interface Attaching {
  upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every connection. */
  close(): void;
}

export function createAttaching(store: ClusterStore, inputs: Inputs, refusing: Refusing): Attaching {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });
  return {
    upgrade(message, socket, head) {
      socket.on('error', () => socket.destroy());
      const url = URL.parse(message.url ?? '/', 'http://api');
      const denied = url === null ? unknownPath() : refusing(message, url.pathname);
      const found = denied === null && url !== null ? inputOf(url, store, inputs) : null;
      if (denied !== null || found === null || !found.ok) {
        return turnAway(socket, denied ?? (found?.ok === false ? found.status : unknownPath()));
      }
      server.handleUpgrade(message, socket, head, (client) => pass(client, found.input));
    },
    close: () => server.clients.forEach((client) => client.terminate()),
  };
}

type Found = { readonly ok: true; readonly input: ContainerInput } | { readonly ok: false; readonly status: Status };

function inputOf(url: URL, store: ClusterStore, inputs: Inputs): Found {
  const request = parseResourcePath(url.pathname, url.searchParams);
  if (request?.resource.plural !== 'pods' || request.subresource !== 'attach')
    return { ok: false, status: unknownPath() };
  const pod = store.get('pods', request.namespace, request.name ?? '');
  if (pod === null) return { ok: false, status: notFound(request.resource, request.name ?? '') };
  const container = request.query.get('container') ?? '';
  const input = inputs.get(pod.metadata.uid, container);
  if (input === null)
    return {
      ok: false,
      status: badRequest(`container ${container} in pod ${pod.metadata.name} has no input, or does not run`),
    };
  return { ok: true, input };
}

/** Bytes of the client's are the container's; with the client its input ends. */
function pass(client: WebSocket, { stream, isOnce }: ContainerInput): void {
  client.on('message', (data) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (bytes[0] === STDIN && bytes.length > 1 && stream.writable) stream.write(bytes.subarray(1));
  });
  client.on('error', () => client.terminate());
  client.once('close', () => {
    if (isOnce) stream.end();
  });
  stream.once('close', () => client.close());
}

function turnAway(socket: Duplex, status: Status): void {
  const body = JSON.stringify(status);
  const head = [
    `HTTP/1.1 ${status.code} ${status.reason}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

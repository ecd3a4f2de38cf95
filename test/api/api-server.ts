/** A small HTTP server on loopback that stands for an API server, and a kubeconfig that leads to it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectOptions } from '../../src/api/client.ts';
import type { ClusterClient } from '../../src/api/cluster-client.ts';

export type Handler = (request: IncomingMessage & { readonly path: string }, response: ServerResponse) => void;

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: string[];
}

/** `/version` is answered by itself; everything else is the handler's. */
export async function apiServer(handler: Handler): Promise<ApiServer> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.url === '/version') return json(response, 200, { gitVersion: 'v1.34.0' });
    handler(Object.assign(request, { path: (request.url ?? '').split('?')[0] ?? '' }), response);
  });
  return listening(server, requests);
}

/** Every request goes to the handler, `/version` too. */
export async function bareServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ApiServer> {
  return listening(createServer(handler), []);
}

async function listening(server: Server, requests: string[]): Promise<ApiServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function status(code: number, reason: string, message = reason): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code };
}

export function kubeconfig(server: string, extra: { user?: object; cluster?: object } = {}): string {
  const config = {
    'current-context': 'here',
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u', namespace: 'team' } },
      { name: 'staging', context: { cluster: 'c', user: 'u' } },
    ],
    clusters: [{ name: 'c', cluster: { server, ...extra.cluster } }],
    users: [{ name: 'u', user: { token: 'secret', ...extra.user } }],
  };
  return file(JSON.stringify(config));
}

export function file(contents: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kprobe-test-')), 'config');
  writeFileSync(path, contents);
  return path;
}

export function connectTo(server: ApiServer, options: Partial<ConnectOptions> = {}): Promise<ClusterClient> {
  return connect({
    kubeconfig: kubeconfig(server.url),
    timeoutMs: 3000,
    signal: AbortSignal.timeout(8000),
    retryDelaysMs: [5, 5, 5],
    ...options,
  });
}

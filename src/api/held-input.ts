/**
 * The standard input of a container, held through the API (`pods/attach`). Made with `stdinOnce`, the input ends with the connection, and the kernel
 * ends that with this process, however it dies: the only way in which a pod hears of the death of who made it.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';
import type { ClientOptions, WebSocket } from 'ws';
import type { ApiProblem, ApiResult, HeldInput, Name } from './cluster-client.ts';
import { pathOf, RESOURCES } from './resources.ts';
import { problemOf } from './transport.ts';

/** kubernetes.io, KEP-4006: what an API server speaks on WebSockets; version 4 since 1.0, version 5 since 1.30. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** The first byte of each message is the number of its stream (k8s.io/kubelet, pkg/cri/streaming/remotecommand). */
const STDIN = 0;
/** How long the API may take to connect, milliseconds. */
const CONNECT_MS = 5000;

export interface HoldingOptions {
  readonly config: KubeConfig;
  readonly pod: Name;
  readonly container: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export async function holdInput(options: HoldingOptions): Promise<ApiResult<HeldInput>> {
  const { config, signal } = options;
  if (signal.aborted) return { ok: false, problem: ABORTED };
  try {
    const { WebSocket: Socket } = await import('ws');
    const opts: ClientOptions = { handshakeTimeout: CONNECT_MS, followRedirects: false };
    await config.applyToHTTPSOptions(opts);
    const socket = new Socket(urlOf(options), PROTOCOLS, opts);
    const stop = () => socket.terminate();
    signal.addEventListener('abort', stop, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', stop));
    const problem = await opening(socket);
    if (problem !== null) return { ok: false, problem: signal.aborted ? ABORTED : problem };
    return { ok: true, value: heldBy(socket) };
  } catch (error) {
    return { ok: false, problem: unreachable(error) };
  }
}

const ABORTED: ApiProblem = { status: null, reason: 'Aborted', message: 'the run ended before an answer came' };

function urlOf({ config, pod, container }: HoldingOptions): string {
  const server = config.getCurrentCluster()?.server.replace(/\/+$/u, '').replace(/^http/u, 'ws') ?? '';
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'false', stderr: 'false', tty: 'false' });
  return `${server}${pathOf(RESOURCES.pods, pod)}/attach?${query}`;
}

/** null: it is open. */
function opening(socket: WebSocket): Promise<ApiProblem | null> {
  return new Promise((resolve) => {
    socket.once('open', () => resolve(null));
    socket.on('error', (error) => resolve(unreachable(error)));
    socket.once('unexpected-response', (request: ClientRequest, answer: IncomingMessage) => {
      void text(answer)
        .catch(() => '')
        .then((body) => {
          resolve(problemOf(answer.statusCode ?? 0, answer.headers, body));
          request.destroy();
        });
    });
  });
}

function heldBy(socket: WebSocket): HeldInput {
  return {
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    // What can no longer be sent is told by `closed`.
    write: (said) => socket.send(Buffer.concat([Buffer.of(STDIN), Buffer.from(said)]), () => undefined),
    close: () => socket.terminate(),
  };
}

function unreachable(error: unknown): ApiProblem {
  return { status: null, reason: 'Unreachable', message: error instanceof Error ? error.message : String(error) };
}

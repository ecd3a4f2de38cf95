/** A proxy in front of the Kubernetes API that makes weather: a share of the calls is refused, cut in mid-line or delayed. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubeConfig } from '@kubernetes/client-node';

export const WEATHERS = ['busy', 'broken', 'gone', 'cut', 'slow'] as const;
export type Weather = (typeof WEATHERS)[number];

const SLOW_MS = 2000;
/** A watch or log that is cut has said something by then. */
const CUT_AFTER_BYTES = 700;

export interface WeatherProxy extends AsyncDisposable {
  readonly url: string;
  /** How often each was made until now; `calls` counts all. */
  readonly made: Readonly<Record<Weather | 'calls', number>>;
}

export interface WeatherOptions {
  /** The weather of the next call; null: fair. */
  readonly next: () => Weather | null;
}

/** Speaks plain HTTP on the loopback, with the credentials of the kubeconfig's current user towards the API. */
export async function weatherProxy(config: KubeConfig, { next }: WeatherOptions): Promise<WeatherProxy> {
  const upstream = new URL(config.getCurrentCluster()?.server ?? '');
  const credentials: RequestOptions = {};
  await config.applyToHTTPSOptions(credentials);
  const made = { calls: 0, busy: 0, broken: 0, gone: 0, cut: 0, slow: 0 };
  const server = createServer((asked, answer) => {
    asked.on('error', () => {});
    answer.on('error', () => {});
    const weather = next();
    made.calls += 1;
    if (weather !== null) made[weather] += 1;
    const pass = () => forward({ asked, answer, upstream, credentials, isCut: weather === 'cut' });
    if (weather === 'busy') return refuse(answer, 429, { 'retry-after': '1' });
    if (weather === 'broken') return refuse(answer, 500);
    if (weather === 'gone' && isWatch(asked)) return refuse(answer, 410);
    if (weather === 'slow') return void setTimeout(pass, SLOW_MS);
    pass();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Weather at a share of the calls, in turn of a seeded sequence, so that a run that went wrong can be had again. */
export function weatherOf(seed: number, share: number): WeatherOptions['next'] {
  let state = seed >>> 0;
  // A linear congruential generator (Knuth, TAOCP 2, 3.3.4, table 1, line 16): plain, and the same everywhere.
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return () => {
    const isFair = random() >= share;
    const kind = WEATHERS[Math.floor(random() * WEATHERS.length)] ?? 'busy';
    return isFair ? null : kind;
  };
}

interface Forwarding {
  readonly asked: IncomingMessage;
  readonly answer: ServerResponse;
  readonly upstream: URL;
  readonly credentials: RequestOptions;
  readonly isCut: boolean;
}

function forward({ asked, answer, upstream, credentials, isCut }: Forwarding): void {
  const { host: _host, connection: _connection, ...headers } = asked.headers;
  const url = new URL(asked.url ?? '/', upstream);
  const sent = request(url, {
    ...credentials,
    method: asked.method,
    headers: { ...headers, ...(credentials.headers as Record<string, string> | undefined) },
  });
  sent.on('error', () => answer.destroy());
  sent.on('response', (got) => {
    answer.writeHead(got.statusCode ?? 502, got.headers);
    let bytes = 0;
    got.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (!isCut || bytes < CUT_AFTER_BYTES) return void answer.write(chunk);
      answer.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => answer.destroy());
      sent.destroy();
    });
    got.on('end', () => (isCut ? answer.destroy() : answer.end()));
    got.on('error', () => answer.destroy());
  });
  answer.on('close', () => sent.destroy());
  asked.pipe(sent);
}

function isWatch({ url }: IncomingMessage): boolean {
  return new URL(url ?? '/', 'http://api').searchParams.get('watch') === 'true';
}

/** As the API server words it (kubernetes.io, API conventions, "Response Status Kind"). */
function refuse(answer: ServerResponse, code: number, headers: Record<string, string> = {}): void {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'weather', reason: 'Weather', code };
  answer.writeHead(code, { 'content-type': 'application/json', ...headers });
  answer.end(JSON.stringify(status));
}

/**
 * One HTTP call to the API, through any weather: busy (429), restarting (5xx, connection refused or reset) or half-open
 * connections are tried again while the run's signal lasts. Trouble is a value; nothing hangs past the signal.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip as gunzipped } from 'node:zlib';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, request, type Dispatcher } from 'undici';
import type { ApiProblem, ApiResult } from './cluster-client.ts';
import { numberAt, textAt } from './fields.ts';
import { requestRate, type RequestRate } from './request-rate.ts';

const gunzip = promisify(gunzipped);

/** Waits between tries, in milliseconds: together about as long as an API server needs to restart. */
const RETRY_DELAYS_MS = [100, 200, 400, 800, 1600, 3200];
/** No more than this is waited for on the word of a Retry-After header. */
const LONGEST_RETRY_AFTER_MS = 5000;
/** A connection on which nothing comes for this long is given up as half-open. Odd-looking, so that it is recognised in traces. */
const SILENCE_MS = 7300;
/** Credentials are asked for again after this long: service account tokens rotate, and client-go re-reads them each minute. */
const CREDENTIALS_LAST_MS = 60_000;
const BUSY_STATUS = 429;
/** Of tries with 429 so many count as one. */
const PATIENCE = 4;
const BUSY = new Set([429, 500, 502, 503, 504]);

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** What the answer may be written in; absent: JSON as it is. */
  readonly accept?: string;
  /** The answer is read as it is, and not as JSON. */
  readonly isText?: boolean;
  /** Silence may last so long; absent: as long as for most. */
  readonly silenceMs?: number;
  /** At most this many tries; absent: as many as there are retry delays. */
  readonly tries?: number;
}

/** `tries` counts how often the call was sent, since an earlier try may have done its work without our hearing of it. */
export type Answer = ApiResult<unknown> & {
  readonly tries: number;
  /** The server's `Date`, in Unix milliseconds; null where no answer came or it had none. */
  readonly date: number | null;
};

export interface Transport {
  /** Sends, and sends again after weather; every call of kprobe's is safe to repeat (see `create` in client.ts). */
  call(call: Call, signal: AbortSignal): Promise<Answer>;
  /** One try; the body as it comes. Silence for longer than `silenceMs` ends it. */
  open(
    call: Call,
    limits: { readonly signal: AbortSignal; readonly silenceMs: number },
  ): Promise<ApiResult<AsyncIterable<Uint8Array>>>;
  close(): Promise<void>;
}

export function makeTransport(config: KubeConfig, delaysMs: readonly number[] = RETRY_DELAYS_MS): Transport {
  const session = makeSession(config, requestRate());
  const open: Transport['open'] = async (call, limits) => {
    try {
      const { statusCode, headers, body } = await send({ session, call, ...limits, isStream: true });
      if (statusCode === 200) return { ok: true, value: body };
      if (statusCode === BUSY_STATUS) session.rest(Math.min(restAfter(headers), LONGEST_RETRY_AFTER_MS));
      return { ok: false, problem: problemOf(statusCode, headers, await body.text()) };
    } catch (error) {
      return { ok: false, problem: troubleOf(error, limits.signal) };
    }
  };
  const call: Transport['call'] = async (what, signal) => {
    for (let tries = 1; ; tries += 1) {
      const { result, retryAfterMs, date } = await attempt({ session, call: what, signal, silenceMs: what.silenceMs });
      const isBusy = !result.ok && result.problem.status === BUSY_STATUS;
      if (isBusy) session.rest(Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
      // Who is told to come later comes later, and more often than who meets a broken server.
      const delayMs = tries === what.tries ? undefined : delaysMs[isBusy ? Math.floor(tries / PATIENCE) : tries - 1];
      if (result.ok || delayMs === undefined || signal.aborted || !isWeather(result.problem))
        return { ...result, tries, date };
      if (result.problem.status === 401) {
        if (tries > 1) return { ...result, tries, date };
        session.forget();
      }
      await pause(Math.max(delayMs, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)), signal);
    }
  };
  return { call, open, close: () => session.close() };
}

interface Session extends RequestRate {
  readonly server: string;
  headers(signal: AbortSignal): Promise<Record<string, string>>;
  dispatcher(): Dispatcher;
  forget(): void;
  close(): Promise<void>;
}

/** Keeps one connection pool and the present credentials. */
function makeSession(config: KubeConfig, rate: RequestRate): Session {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('no current cluster');
  const plain = new Agent();
  let pool: Dispatcher = plain;
  let headers: Record<string, string> = {};
  let until = 0;
  const login = async () => {
    const { RequestContext, HttpMethod } = await import('./library.ts');
    const context = new RequestContext(cluster.server, HttpMethod.GET);
    // The library refuses plain http unless told not to look for a certificate: there is none to look for.
    if (cluster.server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true });
    await config.applySecurityAuthentication(context);
    headers = context.getHeaders();
    if (pool === plain) pool = context.getDispatcher() ?? plain;
    until = Date.now() + CREDENTIALS_LAST_MS;
  };
  return {
    ...rate,
    server: cluster.server,
    async headers(signal) {
      if (Date.now() > until) await orAbort(login(), signal);
      return headers;
    },
    dispatcher: () => pool,
    forget: () => void (until = 0),
    close: () => pool.destroy(),
  };
}

interface Sending {
  readonly session: Session;
  readonly call: Call;
  readonly signal: AbortSignal;
  readonly silenceMs?: number | undefined;
  readonly isStream?: boolean;
}

async function send({
  session,
  call,
  signal,
  silenceMs = SILENCE_MS,
  isStream = false,
}: Sending): Promise<Dispatcher.ResponseData> {
  const url = new URL(session.server + call.path);
  for (const [key, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) url.searchParams.set(key, value);
  await session.turn(signal);
  const credentials = await session.headers(signal);
  const sent = request(url, {
    method: call.method,
    dispatcher: session.dispatcher(),
    headers: {
      ...credentials,
      accept: call.accept ?? 'application/json',
      // The API server compresses lists, and nothing else (kubernetes.io, API concepts: "Compressed responses"); a stream stays as it is.
      ...(isStream ? {} : { 'accept-encoding': 'gzip' }),
      'user-agent': 'kprobe',
      ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    signal,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  });
  return orAbort(sent, signal);
}

interface Attempt {
  readonly result: ApiResult<unknown>;
  readonly retryAfterMs: number;
  readonly date: number | null;
}

async function attempt(sending: Sending): Promise<Attempt> {
  try {
    const { statusCode, headers, body } = await send(sending);
    const text = await textOf(headers, body);
    const retryAfterMs = restAfter(headers);
    const date = Date.parse(first(headers['date']) ?? '') || null;
    if (statusCode >= 200 && statusCode < 300)
      return { result: sending.call.isText === true ? { ok: true, value: text } : parse(text), retryAfterMs, date };
    return { result: { ok: false, problem: problemOf(statusCode, headers, text) }, retryAfterMs, date };
  } catch (error) {
    return { result: { ok: false, problem: troubleOf(error, sending.signal) }, retryAfterMs: 0, date: null };
  }
}

/** Milliseconds; 0 where the server names none, or a date. */
function restAfter(headers: Dispatcher.ResponseData['headers']): number {
  return Number(first(headers['retry-after'])) * 1000 || 0;
}

/** Throws where the answer is not what its headers say. */
async function textOf(headers: Dispatcher.ResponseData['headers'], body: Dispatcher.ResponseData['body']) {
  if (first(headers['content-encoding']) !== 'gzip') return body.text();
  return (await gunzip(Buffer.from(await body.arrayBuffer()))).toString('utf8');
}

function parse(text: string): ApiResult<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return {
      ok: false,
      problem: { status: null, reason: 'Malformed', message: `the answer is not JSON: ${excerpt(text)}` },
    };
  }
}

/** The server's own words where it answered with a Status object. */
export function problemOf(status: number, headers: Dispatcher.ResponseData['headers'], text: string): ApiProblem {
  const parsed = parse(text);
  if (parsed.ok && textAt(parsed.value, 'kind') === 'Status') {
    const reason = textAt(parsed.value, 'reason') ?? String(numberAt(parsed.value, 'code') ?? status);
    return { status, reason, message: excerpt(textAt(parsed.value, 'message') ?? reason, 500) };
  }
  const isPage = (first(headers['content-type']) ?? '').includes('html');
  return { status, reason: isPage ? 'NotKubernetes' : 'Unknown', message: `HTTP ${status}: ${excerpt(text)}` };
}

function troubleOf(error: unknown, signal: AbortSignal): ApiProblem {
  if (signal.aborted) return { status: null, reason: 'Aborted', message: 'the run ended before an answer came' };
  const cause = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  // undici names no code where an answer ends before its time, on a connection that was to be closed after it.
  const isHalf = textAt(Object(cause), 'name') === 'HTTPParserError';
  const code = textAt(Object(cause), 'code') ?? (isHalf ? 'Malformed' : 'Unreachable');
  const message = cause instanceof Error ? cause.message : String(cause);
  return { status: null, reason: code, message: excerpt(message, 300) };
}

/** Worth another try: the server is busy or restarting, or the connection broke. A certificate does not get better by waiting. */
function isWeather({ status, reason }: ApiProblem): boolean {
  if (status !== null) return BUSY.has(status) || status === 401;
  return /^(Z_[A-Z]+|ERR_HTTP2_[A-Z_]+|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_.*|Malformed)$/.test(
    reason,
  );
}

/** Ends with the signal even where the work itself cannot be cancelled (a credential plugin, a name lookup). */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('aborted'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Waits, or returns early when the signal ends. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function excerpt(text: string, length = 120): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

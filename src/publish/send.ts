/** One message over HTTP, tried again in bad weather. The address may be a secret: no answer of ours quotes it. */
import { EnvHttpProxyAgent, request, RetryAgent, type RetryHandler } from 'undici';
import { cleanLine } from '../render/clean.ts';
import { type PublishDependencies, shownAddress } from './channel.ts';

const MOST_TRIES = 5;
/** The first wait; each further one is twice as long, and shortened by chance by up to a half, so that many do not return at once. */
const FIRST_WAIT_MS = 500;
/** Longer than this is not waited for on the word of a `Retry-After`: the next sweep comes anyway. */
const LONGEST_WAIT_MS = 8000;
const CONNECT_TIMEOUT_MS = 5000;
/** Of what a server says when it refuses. */
const LONGEST_EXCERPT = 150;
const RETRIED_STATUSES = new Set([429, 500, 502, 503, 504]);
/** The message did not arrive, or nobody knows. An answer that does not come in time is not among them: it would be told twice. */
const RETRIED_ERRORS =
  /^(ECONNRESET|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|EPIPE|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT)$/;

export interface Message {
  readonly method: 'POST' | 'PUT';
  /** http or https; user and password in it become basic authentication. */
  readonly address: string;
  readonly contentType: string;
  readonly body: string;
  /** Whether words of the server may be shown where it refuses: not where they could quote a secret. */
  readonly quotesRefusal: boolean;
}

/** null, or in a few words why it was not taken. */
export async function send(message: Message, dependencies: PublishDependencies): Promise<string | null> {
  const { method, address, contentType, body, quotesRefusal } = message;
  const { signal } = dependencies;
  const url = new URL(address);
  const login = url.username === '' ? {} : { authorization: basicLogin(url) };
  let trouble: unknown = null;
  const retry = retryWith(dependencies, (error) => (trouble = error));
  const agent = new RetryAgent(new EnvHttpProxyAgent({ connect: { timeout: CONNECT_TIMEOUT_MS } }), { retry });
  try {
    const answer = await request(url, {
      method,
      dispatcher: agent,
      headers: { 'content-type': contentType, 'user-agent': 'kprobe', ...login },
      body,
      signal,
    });
    if (answer.statusCode < 300) return null;
    const words = answer.statusCode >= 400 && quotesRefusal ? await excerpt(answer.body) : '';
    return refusal(answer.statusCode, { location: answer.headers['location'], words });
  } catch (error) {
    return error !== signal.reason ? troubleOf(error) : trouble === null ? 'no answer in time' : troubleOf(trouble);
  } finally {
    // Not close(): that waits for a body which may never end, and what it holds is of no interest.
    await agent.destroy();
  }
}

function basicLogin({ username, password }: URL): string {
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(words).toString('base64')}`;
}

/** The beginning of what a server says; the rest is not read. */
async function excerpt(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += chunk.toString();
    if (text.length > LONGEST_EXCERPT) break;
  }
  const clean = cleanLine(text).trim();
  return clean.length > LONGEST_EXCERPT ? `${clean.slice(0, LONGEST_EXCERPT).toWellFormed()}…` : clean;
}

/** Redirects are not followed: the message may be for the eyes of the named host only. */
function refusal(status: number, said: { readonly location: unknown; readonly words: string }): string {
  if (status >= 400) return `it refuses the message (${status})${said.words === '' ? '' : `: ${said.words}`}`;
  const to = typeof said.location === 'string' ? shownAddress(said.location) : null;
  if (to === null) return `it redirects (${status}), which is not followed`;
  return `it redirects to ${to} (${status}), which is not followed: name the final address`;
}

/** Codes and names only: messages of libraries may quote the address. */
function troubleOf(error: unknown): string {
  const { statusCode, code, name } = Object(error) as { statusCode?: number; code?: string; name?: string };
  if (statusCode !== undefined) return `it answers ${statusCode}, again and again or for longer than can be waited for`;
  if (name === 'HTTPParserError') return 'what answers there does not speak HTTP';
  return `not reached (${code ?? name ?? 'unknown trouble'})`;
}

/** `hear` is told of each try that failed: when the time is up between two of them, the last one says more than the clock. */
function retryWith(
  { random, now, signal }: PublishDependencies,
  hear: (error: Error) => void,
): RetryHandler.RetryCallback {
  return (error, { state }, done) => {
    hear(error);
    const failure = error as { statusCode?: number; code?: string; headers?: Record<string, string> };
    const { statusCode, code, headers } = failure;
    const isTransient = statusCode === undefined ? RETRIED_ERRORS.test(code ?? '') : RETRIED_STATUSES.has(statusCode);
    const grownMs = FIRST_WAIT_MS * 2 ** (state.counter - 1) * (1 - random() / 2);
    const waitMs = Math.max(grownMs, retryAfterMs(headers?.['retry-after'], now()));
    if (!isTransient || state.counter >= MOST_TRIES || waitMs > LONGEST_WAIT_MS || signal.aborted) return done(error);
    const giveUp = () => {
      clearTimeout(timer);
      done(error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', giveUp);
      done();
    }, waitMs);
    // undici itself does not hear an abort between two tries where none has connected.
    signal.addEventListener('abort', giveUp, { once: true });
  };
}

/** Seconds or a date (RFC 9110, 10.2.3); 0 where there is neither. */
function retryAfterMs(value: string | undefined, nowMs: number): number {
  if (value === undefined) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? 0 : ms;
}

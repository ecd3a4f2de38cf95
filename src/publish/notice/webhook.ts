/** A notice by HTTP POST, tried again in bad weather. The address is a secret: only scheme, host and port are ever shown. */
import { EnvHttpProxyAgent, RetryAgent, request, type RetryHandler } from 'undici';
import { type Channel, type PublishDependencies, shownAddress } from '../channel.ts';
import { newsOf } from '../news.ts';
import type { WebhookSettings } from '../settings.ts';
import { noticeOf } from './notice.ts';
import { slackMessage } from './slack.ts';

const MOST_TRIES = 5;
/** The first wait; each further one is twice as long, and shortened by chance by up to a half, so that many do not return at once. */
const FIRST_WAIT_MS = 500;
/** Longer than this is not waited for on the word of a `Retry-After`: the next sweep comes anyway. */
const LONGEST_WAIT_MS = 8000;
const CONNECT_TIMEOUT_MS = 5000;
const RETRIED_STATUSES = new Set([429, 500, 502, 503, 504]);
/** The message did not arrive, or nobody knows. An answer that does not come in time is not among them: it would be told twice. */
const RETRIED_ERRORS =
  /^(ECONNRESET|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|EPIPE|UND_ERR_SOCKET|UND_ERR_CONNECT_TIMEOUT)$/;

export function webhookChannel({ url, kind, always }: WebhookSettings): Channel {
  const shown = shownAddress(url);
  const name = `webhook ${shown ?? ''}`.trim();
  return {
    name,
    async tell(report, dependencies) {
      if (shown === null) return [{ what: name, because: 'its address is not an http or https URL' }];
      if (!always && newsOf(report).length === 0) return [];
      const notice = noticeOf(report);
      const problem = await post(url, kind === 'slack' ? slackMessage(notice) : notice, dependencies);
      return problem === null ? [] : [{ what: name, because: problem }];
    },
  };
}

/** null, or why it was not taken. */
async function post(address: string, message: object, dependencies: PublishDependencies): Promise<string | null> {
  const { signal } = dependencies;
  const url = new URL(address);
  const login = url.username === '' ? {} : { authorization: basicLogin(url) };
  const agent = new RetryAgent(new EnvHttpProxyAgent({ connect: { timeout: CONNECT_TIMEOUT_MS } }), {
    retry: retryWith(dependencies),
  });
  try {
    const { statusCode, headers } = await request(url, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json', 'user-agent': 'kprobe', ...login },
      body: JSON.stringify(message),
      signal,
    });
    return statusCode < 300 ? null : refusal(statusCode, headers['location']);
  } catch (error) {
    return error === signal.reason ? 'no answer in time' : troubleOf(error);
  } finally {
    // Not close(): that waits for a body which may never end, and what it holds is of no interest.
    await agent.destroy();
  }
}

function basicLogin({ username, password }: URL): string {
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(words).toString('base64')}`;
}

/** Redirects are not followed: the message may be for the eyes of the named host only. */
function refusal(status: number, location: unknown): string {
  const to = typeof location === 'string' ? shownAddress(location) : null;
  if (status < 400 && to !== null)
    return `it redirects to ${to} (${status}), which is not followed: name the final address`;
  return status < 400 ? `it redirects (${status}), which is not followed` : `it refuses the message (${status})`;
}

/** Codes and names only: messages of libraries may quote the address. */
function troubleOf(error: unknown): string {
  const { statusCode, code, name } = Object(error) as { statusCode?: number; code?: string; name?: string };
  if (statusCode !== undefined) return `it answers ${statusCode}, again and again or for longer than can be waited for`;
  if (name === 'HTTPParserError') return 'what answers there does not speak HTTP';
  return `not reached (${code ?? name ?? 'unknown trouble'})`;
}

function retryWith({ random, now, signal }: PublishDependencies): RetryHandler.RetryCallback {
  return (error, { state }, done) => {
    const failure = error as { statusCode?: number; code?: string; headers?: Record<string, string> };
    const { statusCode, code, headers } = failure;
    const isWeather = statusCode === undefined ? RETRIED_ERRORS.test(code ?? '') : RETRIED_STATUSES.has(statusCode);
    const grownMs = FIRST_WAIT_MS * 2 ** (state.counter - 1) * (1 - random() / 2);
    const waitMs = Math.max(grownMs, retryAfterMs(headers?.['retry-after'], now()));
    if (!isWeather || state.counter >= MOST_TRIES || waitMs > LONGEST_WAIT_MS || signal.aborted) return done(error);
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

/** The proxy as amplifier: what users feel of an upstream connect that is never answered. */
import type { IngressController } from '../../model/cluster.ts';
import { duration, list } from '../../model/format.ts';
import type { Finding } from '../../model/verdict.ts';
import { delayOf } from '../evidence/delay.ts';
import type { Evidence, Symptom } from '../evidence/evidence.ts';
import { answerLimitOf, proxyOf } from '../evidence/proxy.ts';
import type { AnswerLimit } from '../evidence/proxy.ts';
import { whyNot } from '../evidence/timers.ts';
import { windowOf } from '../evidence/window.ts';
import { line } from './words.ts';

/** The timer behind the delay: the proxy's where there is one, else the kernel's schedule. */
export function proxyTimer(evidence: Evidence): Finding['timer'] {
  const proxy = proxyOf(evidence);
  if (proxy === null || proxy.connectTimeoutMs === null) return { name: 'SYN retransmission', ms: 1000 };
  const limit = wholeLimitBefore(evidence, proxy.connectTimeoutMs);
  if (limit !== null) return { name: limit.from, ms: limit.ms };
  return { name: timerName(proxy), ms: proxy.connectTimeoutMs };
}

function timerName({ implementation }: IngressController): string {
  return /nginx/i.test(implementation) ? 'nginx proxy-connect-timeout' : `${implementation} connect timeout`;
}

/**
 * Why users wait that long, and why it is not the timer that is blamed most often for it; null without a proxy. What it ends in is what was
 * measured, and where nothing waited for it that is said.
 */
export function whyThatLong(evidence: Evidence): Finding['evidence'][number] | null {
  const proxy = proxyOf(evidence);
  if (proxy === null || proxy.connectTimeoutMs === null) return null;
  const limit = wholeLimitBefore(evidence, proxy.connectTimeoutMs);
  if (limit !== null) return line(`Why ${duration(limit.ms)}`, endsRequest(evidence, limit));
  const each = duration(proxy.connectTimeoutMs);
  const tries = proxy.tries ?? 1;
  const statuses = statusesSeen(evidence);
  const error = statuses.length === 0 ? 'an error' : list(statuses.map((status) => `HTTP ${status}`));
  const more =
    tries > 1
      ? `, then tries the next endpoint, up to ${tries} times (${duration(proxy.connectTimeoutMs * tries)} and ${error})`
      : ` and answers ${error}`;
  const says = `the ingress gives up connecting after ${each} (${proxy.timersFrom})${more}`;
  const waited = nearestWait(evidence, proxy.connectTimeoutMs);
  if (waited === null) return line(`Up to ${each}`, `${says}; no attempt of this run waited so long`);
  const acquittal = acquittalOf(evidence, proxy.connectTimeoutMs);
  return line(`Why ${each}`, acquittal === null ? says : `${says}. Not tcp_retries2: ${acquittal}`, [waited.attempt]);
}

/** The limit of the whole request, where it ends before the first connect is given up. */
function wholeLimitBefore(evidence: Evidence, connectTimeoutMs: number): AnswerLimit | null {
  const limit = answerLimitOf(evidence);
  return limit?.isWhole === true && limit.ms < connectTimeoutMs ? limit : null;
}

/** What a proxy does when its limit has passed and no answer has come. */
export function endsRequest(evidence: Evidence, { ms, from, tries }: AnswerLimit): string {
  const statuses = statusesSeen(evidence);
  const error = statuses.length === 0 ? 'an error' : list(statuses.map((status) => `HTTP ${status}`));
  return tries > 1
    ? `the ingress ends a try after ${duration(ms)} (${from}), makes up to ${tries} and answers ${error}`
    : `the ingress ends a request after ${duration(ms)} (${from}) and answers ${error}`;
}

function statusesSeen({ symptoms }: Evidence): number[] {
  const seen = symptoms.flatMap(({ kind, attempt }) =>
    kind === 'gateway-error' ? (attempt.sample.http?.status ?? []) : [],
  );
  return [...new Set(seen)].toSorted((a, b) => a - b);
}

/** What speaks against tcp_retries2, by the slow answer that took the proxy's timer most nearly. */
function acquittalOf(evidence: Evidence, connectTimeoutMs: number): string | null {
  const slow = nearestWait(evidence, connectTimeoutMs, ({ kind }) => kind === 'slow');
  return slow === null ? null : whyNot('tcp-retries2', delayOf(evidence, slow.path, slow.attempt));
}

/** What waited at an entry at least as long as this timer, and least beyond it; the order of the recording does not matter. */
function nearestWait(
  { symptoms }: Evidence,
  timerMs: number,
  is: (symptom: Symptom) => boolean = () => true,
): Symptom | null {
  const [earliestMs] = windowOf(timerMs);
  const waited = symptoms.filter(
    (each) => each.path.path.to.kind === 'entry' && each.attempt.sample.totalMs >= earliestMs && is(each),
  );
  const [nearest] = waited.toSorted(
    ({ path, attempt: { sample } }, other) =>
      sample.totalMs - other.attempt.sample.totalMs ||
      path.path.id.localeCompare(other.path.path.id) ||
      sample.attempt - other.attempt.sample.attempt,
  );
  return nearest ?? null;
}

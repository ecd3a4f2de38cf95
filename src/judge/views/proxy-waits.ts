/** Answers of entries that came when a proxy gives up connecting, beside what was seen of all that it may have connected to. */
import { derived } from '../derived.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence, Symptom } from '../evidence/evidence.ts';
import { proxyOf } from '../evidence/proxy.ts';
import { isWithin } from '../evidence/window.ts';
import { count } from '../../model/format.ts';

/** One may be a busy moment; the second at the very time of the timer is the timer. */
const FEWEST = 2;
/** Unavailable (RFC 9110, 15.6.4). */
const UNAVAILABLE = 503;
/** More tries than this take longer than anyone waits. */
const MOST_TRIES = 10;

export interface ProxyWaits {
  readonly timeoutMs: number;
  readonly symptoms: readonly Symptom[];
  readonly entries: readonly PathEvidence[];
}

/** null: no proxy of a known connect timeout, or hardly an answer that it explains. */
export const proxyWaits = derived((evidence: Evidence): ProxyWaits | null => {
  const timeoutMs = proxyOf(evidence)?.connectTimeoutMs ?? null;
  if (timeoutMs === null) return null;
  const symptoms = evidence.symptoms.filter(
    (symptom) => isWait(symptom, timeoutMs) || isBegunEarlier(evidence, symptom, timeoutMs),
  );
  if (symptoms.length < FEWEST || !wasWaitedFor(evidence, timeoutMs)) return null;
  const entries = new Set(symptoms.map(({ path }) => path));
  return { timeoutMs, symptoms, entries: evidence.paths.filter((path) => entries.has(path)) };
});

/**
 * An error of the proxy whole connect timeouts after an earlier request to the same entry: whoever waits for a connection when it is given up gets the
 * error, and not only who began it (Envoy's connection pool; measured, timers.md).
 */
function isBegunEarlier(
  { paths }: Evidence,
  { kind, path: { path }, attempt: { sample } }: Symptom,
  timeoutMs: number,
): boolean {
  // What Envoy says where no connection was made in time; any other error is the upstream's own.
  if (kind !== 'gateway-error' || sample.http?.status !== UNAVAILABLE || path.to.kind !== 'entry') return false;
  const { address } = path.to;
  const endedAt = sample.at + sample.totalMs;
  return paths.some(
    ({ path: { to }, attempts }) =>
      to.kind === 'entry' &&
      to.address === address &&
      attempts.some(({ sample: { at } }) => at < sample.at && isWithin(endedAt - at, timeoutMs)),
  );
}

/** Some request at least waited whole connect timeouts, be it of the user's or of kprobe's own. */
function wasWaitedFor({ paths }: Evidence, timeoutMs: number): boolean {
  return paths.some(
    ({ path: { to }, answered }) =>
      to.kind === 'entry' && answered.some(({ sample }) => isWhole(sample.totalMs, timeoutMs)),
  );
}

/** An answer of the proxy, good or bad, after whole connect timeouts. */
function isWait({ kind, path, attempt: { sample } }: Symptom, timeoutMs: number): boolean {
  return (
    path.path.to.kind === 'entry' && (kind === 'slow' || kind === 'gateway-error') && isWhole(sample.totalMs, timeoutMs)
  );
}

function isWhole(totalMs: number, timeoutMs: number): boolean {
  const tries = Math.round(totalMs / timeoutMs);
  return tries >= 1 && tries <= MOST_TRIES && isWithin(totalMs, tries * timeoutMs);
}

/** Straight to every endpoint with the proxy's own identity: any trouble there would be what it waits for. */
export function endpointsContrast(evidence: Evidence): Contrast {
  const hops = hopsBehind(evidence);
  return {
    label: 'Endpoints',
    // Where nobody could ask for the proxies, what they wait for may be any of the endpoints: ingress-connect-timeout.
    holds: hops.length > 0 && hops.every((path) => path.state === 'open' && isQuick(evidence, path)),
    says: `each endpoint answers the ingress's own identity on its nodes, ${count(hops.length, 'way')} of ${hops.length} without a lost SYN`,
    attempts: hops.flatMap(({ answered }) => answered).slice(0, 10),
    settles: "Connect to each endpoint from the ingress's own nodes and identity (kprobe without --no-host).",
  };
}

/** An endpoint that takes its time itself is what the proxy waits for, whatever its timers. */
export function isQuick({ slowAfterMs }: Evidence, path: PathEvidence): boolean {
  const usual = path.median('total');
  // Late answers of which nobody knows whether the prober made them late are no quick ones.
  if (usual === null) return path.answered.every(({ sample }) => sample.totalMs < slowAfterMs);
  return usual < slowAfterMs;
}

/** Ways from those with the identity of the proxies to all endpoints; a control has it only for want of a better one. */
export function hopsBehind({ paths }: Evidence): PathEvidence[] {
  return paths.filter(
    ({ path: { to }, from, state }) =>
      to.kind === 'backend' && from.underTest && from.kind !== 'control' && state !== 'unmeasured',
  );
}

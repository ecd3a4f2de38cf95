/** Pods that are quick to connect to and slow to answer: what takes the time is inside. */
import type { Sample } from '../../../probes/wire.ts';
import type { Pod } from '../../model/cluster.ts';
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { answerLimitOf } from '../evidence/proxy.ts';
import { hopsFrom } from './hops.ts';
import type { Hop } from './hops.ts';

/** A slow mode must hold this share of the answers to be the application's, and not a moment's. */
const SLOW_SHARE = 0.3;

export function slowHops(evidence: Evidence): Hop[] {
  return [...evidence.agents.values()]
    .filter((agent) => agent.kind !== 'local')
    .flatMap((agent) => hopsFrom(evidence, agent))
    .filter(({ path }) => isSlowInside(evidence, path));
}

/** Quickest and slowest of the slow answers, milliseconds. */
export function boundsOf(evidence: Evidence, slow: readonly Hop[]): readonly [number, number] {
  const times = slow.flatMap(({ path }) => slowAttempts(evidence, path).map(({ sample }) => answerMs(sample)));
  return [Math.min(...times), Math.max(...times)];
}

/** Quick to connect, nothing retransmitted, and slow to answer in a fair share of the attempts. */
export function isSlowInside(evidence: Evidence, path: PathEvidence): boolean {
  const isQuickToConnect = (path.median('connect') ?? 0) < slowFromMs(evidence);
  if (path.path.probe.kind !== 'http' || path.answered.length === 0 || !isQuickToConnect) return false;
  return slowAttempts(evidence, path).length >= SLOW_SHARE * path.answered.length;
}

/** What a proxy says when its own limit has passed (RFC 9110, 15.6.5). */
const GATEWAY_TIMEOUT = 504;

/** From here on answers are late: for the user, or sooner, where the proxy waits no longer and users are told so. Milliseconds. */
const slowFromMs = derived((evidence: Evidence): number => {
  const limitMs = answerLimitOf(evidence)?.ms ?? Infinity;
  const isEnded = evidence.symptoms.some(
    ({ path, attempt }) => path.path.to.kind === 'entry' && attempt.sample.http?.status === GATEWAY_TIMEOUT,
  );
  return isEnded ? Math.min(evidence.slowAfterMs, limitMs) : evidence.slowAfterMs;
});

export function slowAttempts(evidence: Evidence, path: PathEvidence): Attempt[] {
  const fromMs = slowFromMs(evidence);
  return path.timed.filter(({ sample }) => {
    const { connect = 0 } = sample.phases;
    return (
      answerMs(sample) >= fromMs &&
      connect < fromMs &&
      sample.dataRetransmissions === 0 &&
      sample.synRetransmissions === 0
    );
  });
}

/** From the request to the end of the answer: a program may be slow to begin it, or to go on. */
function answerMs({ phases }: Sample): number {
  return (phases['first-byte'] ?? 0) + (phases.body ?? 0);
}

/** The pod at the far end; null where there is none that is known. */
export function podOf({ cluster }: Evidence, { path: { to } }: PathEvidence): Pod | null {
  if (to.kind !== 'backend' || to.pod === null) return null;
  const { namespace, name } = to.pod;
  return cluster.pods.find((pod) => pod.namespace === namespace && pod.name === name) ?? null;
}

/** Which symptoms a set of troubled paths explains: the paths' own, and those that a proxy makes of them further up. */
import type { Evidence, PathEvidence, Symptom } from '../evidence/evidence.ts';

/** A proxy's own work around a timer, and the wake-up of its event loop on a busy node, milliseconds. */
const TIMER_SLACK_MS = 600;

/** True for delays that a troubled hop can cause in the answer of the proxy above it. */
export type DelayTest = (ms: number) => boolean;

/**
 * Indices of the symptoms explained. A symptom on one of the paths counts as it is. One at an entry counts where a path
 * from that entry's node to a backend is among the troubled ones, and it failed or took a time that `delay` accepts; one at a
 * Service or at DNS where the same vantage's path to one of those behind it is among them.
 */
export function explain(evidence: Evidence, accounts: readonly PathEvidence[], delay: DelayTest): number[] {
  const ids = new Set(accounts.map((path) => path.path.id));
  return evidence.symptoms
    .filter((symptom) => ids.has(symptom.path.path.id) || isAbove(evidence, symptom, accounts, delay))
    .map((symptom) => symptom.shot.index);
}

function isAbove(evidence: Evidence, symptom: Symptom, accounts: readonly PathEvidence[], delay: DelayTest): boolean {
  const to = symptom.path.path.to;
  if (to.kind === 'service') {
    return accounts.some((path) => path.from.id === symptom.path.from.id && path.path.to.kind === 'backend');
  }
  if (to.kind === 'resolver' || (to.kind === 'dns-server' && to.service !== null)) {
    return accounts.some((path) => path.from.id === symptom.path.from.id && path.path.to.kind === 'dns-server');
  }
  if (to.kind !== 'entry') return false;
  if (!accounts.some((path) => path.path.to.kind === 'backend' && path.from.asks && mayServe(evidence, path, to.node)))
    return false;
  return symptom.kind !== 'slow' || delay(symptom.shot.sample.totalMs);
}

/** A proxy serves the entry of its own node; behind the entry of a node without one (NodePort), any of them may. */
function mayServe(evidence: Evidence, { from }: PathEvidence, node: string | null): boolean {
  const isOnNode = [...evidence.agents.values()].some((agent) => agent.asks && agent.node === node);
  return !isOnNode || from.node === node;
}

/** Delays that a proxy makes of connects that are never answered: whole multiples of its connect timeout. */
export function afterConnectTimeout(connectTimeoutMs: number | null): DelayTest {
  if (connectTimeoutMs === null) return () => true;
  return (ms) => {
    const tries = Math.round(ms / connectTimeoutMs);
    return tries >= 1 && ms >= tries * connectTimeoutMs - 10 && ms <= tries * connectTimeoutMs + TIMER_SLACK_MS;
  };
}

/** Any delay: for faults that answer at once or whose delay is their own. */
export const anyDelay: DelayTest = () => true;

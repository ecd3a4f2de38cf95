/** Which symptoms are above troubled paths: what a proxy, a Service or a resolver makes of them further up. */
import type { Evidence, PathEvidence, Symptom } from '../evidence/evidence.ts';

/**
 * One at an entry counts where a path from that entry's node to a backend is among the troubled ones; one at a Service or at DNS
 * where the same vantage's path to one of those behind it is. What the same vantage asks the Service by is told by its name as well.
 */
export function isAbove(evidence: Evidence, symptom: Symptom, troubled: readonly PathEvidence[]): boolean {
  const { from, path } = symptom.path;
  const isOwn = (other: PathEvidence) => other.from.id === from.id;
  switch (path.to.kind) {
    case 'service':
      return troubled.some((other) => isOwn(other) && other.path.to.kind === 'backend');
    case 'resolver':
      return troubled.some((other) => isOwn(other) && other.path.to.kind === 'dns-server');
    case 'dns-server':
      return path.to.service !== null && troubled.some((other) => isOwn(other) && isReplica(other));
    case 'entry': {
      const { node } = path.to;
      return troubled.some(
        (other) => other.path.to.kind === 'backend' && other.from.underTest && mayServe(evidence, other, node),
      );
    }
    case 'backend':
    case 'agent':
    case 'external':
      return false;
    default:
      return path.to satisfies never;
  }
}

function isReplica({ path: { to } }: PathEvidence): boolean {
  return to.kind === 'dns-server' && to.pod !== null;
}

/** A proxy serves the entry of its own node; behind the entry of a node without one (NodePort), any of them may. */
function mayServe(evidence: Evidence, { from }: PathEvidence, node: string | null): boolean {
  const isOnNode = [...evidence.agents.values()].some((agent) => agent.underTest && agent.node === node);
  return !isOnNode || from.node === node;
}

/** Under which address an agent was seen elsewhere, and whether its packets arrived at all. */
import type { Recording } from '../../model/recording.ts';
import type { Evidence, PathEvidence } from './evidence.ts';
import { withoutPort } from './path-evidence.ts';

/** The part of the evidence that tells sources; it exists before expectations do. */
export type SourceEvidence = Pick<Evidence, 'recording' | 'cluster' | 'paths' | 'agents'>;

/**
 * The address by which an agent was seen on a node, by what answerers there told it; failing that, by what arrived there from
 * an address that can only be this agent's: its own, or for a host vantage its node's overlay address. null: not seen.
 */
export function sourceSeen(evidence: SourceEvidence, agentId: string, destinationNode: string): string | null {
  const counts = new Map<string, number>();
  for (const each of evidence.paths) {
    if (each.from.id !== agentId || nodeAt(each) !== destinationNode) continue;
    for (const { sample } of each.shots) {
      if (sample.seen === null) continue;
      const address = withoutPort(sample.seen);
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return most?.[0] ?? arrivedOn(evidence, agentId, destinationNode);
}

function arrivedOn(evidence: SourceEvidence, agentId: string, destinationNode: string): string | null {
  const own = new Set(addressesOf(evidence, agentId));
  const { arrivals, halfOpen } = evidence.recording;
  const found = [...arrivals, ...halfOpen].find(
    (heard) =>
      heard.agent !== agentId &&
      evidence.agents.get(heard.agent)?.node === destinationNode &&
      own.has(withoutPort(heard.from)),
  );
  return found === undefined ? null : withoutPort(found.from);
}

function addressesOf(evidence: SourceEvidence, agentId: string): readonly string[] {
  const agent = evidence.agents.get(agentId);
  const told = evidence.recording.hellos.filter((hello) => hello.agent === agentId).flatMap((hello) => hello.addresses);
  const node = evidence.cluster.nodes.find((each) => each.name === agent?.node);
  return agent?.kind === 'host' && node !== undefined ? [...told, ...node.overlayAddresses, ...node.addresses] : told;
}

/** `connected`: it came and became a connection (or was a datagram); `half-open`: the SYN came, the answer or the last ACK did not get through. */
export type ArrivalState = 'connected' | 'half-open';

/** Whether anything from this address arrived at an agent's answering side; null: nothing did. */
export function arrivedAt(
  recording: Pick<Recording, 'arrivals' | 'halfOpen'>,
  agentId: string,
  fromAddress: string,
): ArrivalState | null {
  const isIt = (heard: { agent: string; from: string }) =>
    heard.agent === agentId && withoutPort(heard.from) === fromAddress;
  if (recording.arrivals.some(isIt)) return 'connected';
  return recording.halfOpen.some(isIt) ? 'half-open' : null;
}

function nodeAt({ path }: PathEvidence): string | null {
  return 'node' in path.to ? path.to.node : null;
}

/** Under which address an agent was seen elsewhere, and whether its packets arrived at all. */
import type { Recording } from '../../model/recording.ts';
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence } from './evidence.ts';
import { withoutPort } from './path-evidence.ts';

/** The part of the evidence that tells sources; it exists before expectations do. */
export type SourceEvidence = Pick<Evidence, 'recording' | 'cluster' | 'paths' | 'otherFamily' | 'agents'>;

/**
 * The address by which pods of a node saw an agent, by what answerers there told it; failing that, by what arrived there from
 * an address that can only be this agent's: its own, or for a host vantage its node's overlay address. null: not seen.
 */
export function sourceSeen(evidence: SourceEvidence, agentId: string, destinationNode: string): string | null {
  return sourcesSeen(evidence, agentId, destinationNode)[0] ?? null;
}

/** All such addresses, the most frequent first. */
export function sourcesSeen(evidence: SourceEvidence, agentId: string, destinationNode: string): readonly string[] {
  const told = seenOf(evidence).get(`${agentId}\n${destinationNode}`);
  return told === undefined ? arrivedOn(evidence, agentId, destinationNode) : byFrequency(told);
}

function byFrequency(counts: ReadonlyMap<string, number>): readonly string[] {
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([address]) => address);
}

/** By agent and node: how often pods there saw which address. What a node's own network sees is another way, often without the overlay. */
const seenOf = derived(({ paths, otherFamily }: SourceEvidence): ReadonlyMap<string, ReadonlyMap<string, number>> => {
  const seen = new Map<string, Map<string, number>>();
  for (const each of [...paths, ...otherFamily]) {
    const node = nodeAt(each);
    if (node === null || each.to?.identity.hostNetwork === true) continue;
    for (const { sample } of each.attempts) {
      if (sample.seen === null) continue;
      const address = withoutPort(sample.seen);
      const key = `${each.from.id}\n${node}`;
      const counts = seen.get(key) ?? new Map<string, number>();
      seen.set(key, counts.set(address, (counts.get(address) ?? 0) + 1));
    }
  }
  return seen;
});

function arrivedOn(evidence: SourceEvidence, agentId: string, destinationNode: string): readonly string[] {
  const own = addressesOf(evidence, agentId);
  const found = (heardOn(evidence).get(destinationNode) ?? []).filter(
    ({ agent, address }) => agent !== agentId && own.includes(address),
  );
  return [...new Set(found.map(({ address }) => address))];
}

/** By node: what the answering sides of pods heard, in the order told. */
const heardOn = derived((evidence: SourceEvidence) => {
  const { arrivals, halfOpen } = evidence.recording;
  const all = [...arrivals, ...halfOpen]
    .filter(({ agent }) => evidence.agents.get(agent)?.identity.hostNetwork !== true)
    .map(({ agent, from }) => ({ agent, address: withoutPort(from) }));
  return Map.groupBy(all, ({ agent }) => evidence.agents.get(agent)?.node ?? null);
});

function addressesOf(evidence: SourceEvidence, agentId: string): readonly string[] {
  const agent = evidence.agents.get(agentId);
  const told = toldBy(evidence).get(agentId) ?? [];
  const node = nodesOf(evidence).get(agent?.node ?? '');
  return agent?.identity.hostNetwork === true && node !== undefined
    ? [...told, ...node.overlayAddresses, ...node.addresses]
    : told;
}

const toldBy = derived(({ recording }: SourceEvidence) => {
  const hellos = Map.groupBy(recording.hellos, ({ agent }) => agent);
  return new Map([...hellos].map(([agent, all]) => [agent, all.flatMap(({ addresses }) => addresses)]));
});

const nodesOf = derived(({ cluster }: SourceEvidence) => new Map(cluster.nodes.map((node) => [node.name, node])));

/** `connected`: it came and became a connection (or was a datagram); `half-open`: the SYN came, the answer or the last ACK did not get through. */
export type ArrivalState = 'connected' | 'half-open';

/** Whether anything from this address arrived at an agent's answering side; null: nothing did. */
export function arrivedAt(
  recording: Pick<Recording, 'arrivals' | 'halfOpen'>,
  agentId: string,
  fromAddress: string,
): ArrivalState | null {
  const { connected, halfOpen } = heardBy(recording);
  const key = `${agentId}\n${fromAddress}`;
  if (connected.has(key)) return 'connected';
  return halfOpen.has(key) ? 'half-open' : null;
}

const heardBy = derived(({ arrivals, halfOpen }: Pick<Recording, 'arrivals' | 'halfOpen'>) => {
  const keys = (heard: readonly { agent: string; from: string }[]) =>
    new Set(heard.map(({ agent, from }) => `${agent}\n${withoutPort(from)}`));
  return { connected: keys(arrivals), halfOpen: keys(halfOpen) };
});

function nodeAt({ path }: PathEvidence): string | null {
  return 'node' in path.to ? path.to.node : null;
}

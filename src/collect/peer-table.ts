/** Who must be told the addresses of whom. Pure. */
import { WIRE_VERSION, type Hello, type Peer, type Peers, type Schedule } from '../../probes/wire.ts';
import type { Assignment } from '../model/plan.ts';

/** Agent → the agents whose addresses its probes wait for. */
export function expectedPeers(assignments: Readonly<Record<string, Assignment>>): Map<string, ReadonlySet<string>> {
  return new Map(
    Object.entries(assignments).map(([agent, { schedules, traces }]) => {
      const wanted = schedules.flatMap(agentsAsked);
      const followed = (traces?.flows ?? []).flatMap(({ from, to }) => [
        from.agent,
        ...to.flatMap((where) => ('agent' in where ? [where.agent] : [])),
      ]);
      return [agent, new Set([...wanted, ...followed])];
    }),
  );
}

/** Whose addresses one series of attempts waits for. */
export function agentsAsked({ probe, after = [] }: Schedule): readonly string[] {
  return probe.kind !== 'resolver' && 'agent' in probe.to ? [probe.to.agent, ...after] : after;
}

/** The book of all who have said hello; the address is the pod's as the API shows it, else the first that the agent sees itself. */
export function peerTable(hellos: readonly Hello[], podAddresses: ReadonlyMap<string, readonly string[]>): Peers {
  const agents: Record<string, Peer> = {};
  for (const { agent, addresses, tcp, udp } of hellos) {
    const known = podAddresses.get(agent) ?? [];
    const [address, ...more] = known.length > 0 ? known : addresses.slice(0, 1);
    if (address === undefined) continue;
    const others = more.filter((other) => other.includes(':') !== address.includes(':'));
    agents[agent] = { address, ...(others.length === 0 ? {} : { others }), tcp, udp };
  }
  return { version: WIRE_VERSION, agents };
}

/** The part of the book that one agent waits for: the annotation of a pod must not grow with the square of the cluster. */
export function excerpt(table: Peers, wanted: ReadonlySet<string>): Peers {
  const known = [...wanted].flatMap((agent) => {
    const peer = table.agents[agent];
    return peer === undefined ? [] : [[agent, peer] as const];
  });
  const agents = Object.fromEntries(known);
  return { version: WIRE_VERSION, agents };
}

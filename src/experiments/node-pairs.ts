/** Every control to every other: small, by UDP, with a large answer; and the nodes themselves under the overlay. */
import type { Cluster } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { agentAt, echo, tcpEcho } from './echo.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** Large enough for several full-size segments in both directions of an overlay of any usual MTU. */
const LARGE_BYTES = 20_000;
/** One that hangs may be loss; three that hang, beside small ones that do not, are a matter of size. */
const LARGE_ATTEMPTS = 3;
/** A datagram whose answer still fits an overlay with an MTU of 1450 but not one of 1280. */
const DATAGRAM_BYTES = 1200;

export function nodePairPaths(_: Cluster, __: Target, { controls }: Vantages): WeightedPath[] {
  return pairsOf(controls).map(([from, to]) => echo(from, to, null));
}

export function datagramPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  return [
    ...nodePairPaths(cluster, target, vantages),
    ...pairsOf(vantages.controls).map(([from, to]) =>
      weighted('experiment', from, agentAt(to, null), {
        kind: 'udp',
        to: { agent: to.id, port: 'udp' },
        bytes: DATAGRAM_BYTES,
      }),
    ),
  ];
}

export function packetSizePaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  return [
    ...nodePairPaths(cluster, target, vantages),
    ...pairsOf(vantages.controls).map(([from, to]) => ({
      ...weighted('experiment', from, agentAt(to, null), { ...tcpEcho(to, null), bytes: LARGE_BYTES }),
      attempts: LARGE_ATTEMPTS,
    })),
  ];
}

export function nodeNetworkPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { hosts, controls } = vantages;
  return [
    ...nodePairPaths(cluster, target, vantages),
    ...pairsOf(hosts).map(([from, to]) => echo(from, to, null)),
    ...hosts.flatMap((from) => controls.map((to) => echo(from, to, null))),
  ];
}

function pairsOf(agents: readonly Agent[]): (readonly [Agent, Agent])[] {
  return agents.flatMap((from) => agents.filter((to) => to.id !== from.id).map((to) => [from, to] as const));
}

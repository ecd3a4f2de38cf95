/** Every control to every other, over TCP, UDP and with a large answer; and the nodes themselves under the overlay. */
import type { Agent } from '../../model/plan.ts';
import type { Vantages } from '../cast.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { agentAt, tcpEcho } from './probe.ts';

/** Large enough for several full-size segments in both directions of an overlay of any usual MTU. */
const LARGE_BYTES = 20_000;
/** A hang shows only in attempts that are begun at once; three tell a hang from a chance. */
const LARGE_ATTEMPTS = 3;
/** A datagram whose answer still fits an overlay with an MTU of 1450 but not one of 1280. */
const DATAGRAM_BYTES = 1200;

export function nodePaths({ controls, hosts }: Vantages): WeightedPath[] {
  return [
    ...pairs(controls).flatMap(([from, to]) => [
      weighted({
        experiment: 'node-pairs',
        weight: 'experiment',
        from,
        to: agentAt(to, null),
        probe: tcpEcho(to, null),
      }),
      weighted({
        experiment: 'datagrams',
        weight: 'experiment',
        from,
        to: agentAt(to, null),
        probe: { kind: 'udp', to: { agent: to.id, port: 'udp' }, bytes: DATAGRAM_BYTES },
      }),
      {
        ...weighted({
          experiment: 'packet-sizes',
          weight: 'experiment',
          from,
          to: agentAt(to, null),
          probe: tcpEcho(to, null, LARGE_BYTES),
        }),
        attempts: LARGE_ATTEMPTS,
      },
    ]),
    ...[...pairs(hosts), ...hosts.flatMap((from) => controls.map((to) => [from, to] as const))].map(([from, to]) =>
      weighted({
        experiment: 'node-network',
        weight: 'experiment',
        from,
        to: agentAt(to, null),
        probe: tcpEcho(to, null),
      }),
    ),
  ];
}

function pairs(agents: readonly Agent[]) {
  return agents.flatMap((from) => agents.filter((to) => to.id !== from.id).map((to) => [from, to] as const));
}

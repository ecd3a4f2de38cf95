/** The last hop: the same request straight to each endpoint, as the asked identity and a neutral one reach it, from each node. */
import type { Cluster, Node } from '../model/cluster.ts';
import type { Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { backendsOf, podNamed } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { neutralOf } from './vantages.ts';
import type { Vantages } from './vantages.ts';

/** A Service of more backends than this is sampled: one bad endpoint in twelve still shows as a path of its own. */
const MOST_BACKENDS = 12;

/**
 * No whole second: each attempt meets another moment of the 100 ms in which the kernel hands out CPU time to who has a limit, so that answers
 * that wait for it are told from answers that take as long. Milliseconds.
 */
const EVERY_MS = 1019;

export function endpointPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  if (target.kind === 'external') return [];
  const userFacing = target.entries.length === 0 && target.service === null;
  return backendsOf(target)
    .slice(0, MOST_BACKENDS)
    .flatMap((backend) => {
      const pod = podNamed(cluster, backend.pod);
      const node = pod?.node ?? backend.node ?? nodeOfAddress(vantages.nodes, backend.address);
      const to: Destination = { kind: 'backend', address: backend.address, port: backend.port, node, pod: backend.pod };
      const local = userFacing && pod === null ? [vantages.local] : [];
      return [
        ...[...vantages.sourcesUnderTest, ...local].map((from) =>
          weighted(userFacing ? 'user' : 'hop', from, to, application(target, backend)),
        ),
        ...neutralOf(vantages).map((from) => weighted('experiment', from, to, application(target, backend))),
      ];
    })
    .map((each) => ({ ...each, everyMs: EVERY_MS }));
}

/** Only to the node's own addresses; a pod range does not prove that an address lives there. */
function nodeOfAddress(nodes: readonly Node[], address: string): string | null {
  return nodes.find((node) => node.addresses.includes(address))?.name ?? null;
}

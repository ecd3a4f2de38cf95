import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { meshesOf } from '../views/mesh.ts';
import type { Mesh, Pair } from '../views/mesh.ts';
import { brokenPaths, networkName, underlayContrast, underlayLines } from '../views/overlay.ts';
import { cutCrossings, nameOfZone } from '../views/zones.ts';
import type { Crossing } from '../views/zones.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';

interface Cut {
  readonly mesh: Mesh;
  /** null: between all nodes. */
  readonly crossing: Crossing | null;
  readonly pairs: readonly Pair[];
}

export default defineDiagnosis({
  id: 'broken-overlay',
  class: 'cross-node-overlay',
  layer: 'network',
  title: 'No pod reaches a pod on another node, or in another zone',
  why: 'Packets between nodes are carried by the overlay (VXLAN, IPIP, WireGuard) or by routes. Where that is cut, every connect to another node runs through the whole SYN schedule and every DNS query to another node times out.',
  test: 'Probe pods on every pair of nodes connect to each other; probes on the host network of the same nodes connect to the node addresses. Pods that fail on all pairs, between nodes that reach each other, prove the overlay. Where only all pairs between two zones fail, it is that crossing.',
  remedy:
    'Let the encapsulation through between the nodes (VXLAN: UDP 8472 or 4789; IPIP: protocol 4; WireGuard: UDP 51820/51821; without encapsulation: routes to the pod ranges), then look at the CNI pods and their logs.',
  limits:
    'With two nodes it cannot be told from one broken node. Without host vantages the network under the overlay is not measured, and the finding stays likely. A crossing of zones is named only from two couples of nodes on.',
  experiments: ['node-pairs', 'datagrams', 'node-network', 'endpoints'],
  suspects: (evidence) => {
    const cuts = meshesOf(evidence).flatMap((mesh): Cut[] =>
      mesh.pairs.every(({ path }) => isBroken(path))
        ? [{ mesh, crossing: null, pairs: mesh.pairs }]
        : cutCrossings(mesh).map((crossing) => ({ mesh, crossing, pairs: crossing.pairs })),
    );
    // The network under it is cut at the same place: that is the cause, and accounts for the upper one too.
    return [...new Map(cuts.toReversed().map((cut) => [placeOf(cut), cut])).values()].toReversed();
  },
  arm: ({ pairs }) => ({ paths: pairs.map(({ path }) => path), fails: true }),
  contrasts: ({ mesh, crossing, pairs }, evidence) => {
    const cut = new Set(pairs);
    const others = mesh.pairs.filter((pair) => !cut.has(pair));
    const working = others.filter(({ path }) => isWorking(path));
    return [
      ...(crossing === null
        ? []
        : [
            {
              label: 'Elsewhere',
              holds: working.length > 0,
              says: `${working.length} of ${others.length} other node pairs work, the same nodes among them`,
              attempts: working.flatMap(({ path }) => path.answered).slice(0, 10),
              settles: '',
            },
          ]),
      underlayContrast(evidence, mesh, pairs),
    ];
  },
  suffer: ({ mesh, crossing }, evidence) =>
    brokenPaths(evidence, mesh).filter(
      ({ path: { to }, from }) =>
        crossing === null || crossing.cuts(from.node ?? '', ('node' in to ? to.node : null) ?? ''),
    ),
  blame: (cut, evidence) => ({
    ...(cut.crossing === null ? everywhere(evidence, cut) : between(cut, cut.crossing)),
    object: null,
    timer: proxyTimer(evidence),
    why: whyThatLong(evidence),
    lines: underlayLines(evidence, cut.mesh, cut.pairs),
  }),
});

function placeOf({ crossing }: Cut): string {
  return crossing === null ? 'all' : `${crossing.from}\n${crossing.to}`;
}

function everywhere(evidence: Evidence, { mesh, pairs }: Cut) {
  return {
    title: `The ${networkName(mesh)} is cut between all nodes: ${pairs.length} of ${mesh.pairs.length} node pairs fail`,
    where: null,
    fix: {
      says:
        mesh.network === 'pod'
          ? `Let ${carrier(evidence.cluster.networking.encapsulation)} pass between the nodes (firewall, security group), then look at the CNI pods.`
          : 'Look at the network of the nodes themselves: security groups, firewalls on the nodes, their switches and routes.',
      manifest: null,
    },
  };
}

function between({ mesh, pairs }: Cut, crossing: Crossing) {
  const [from, to] = [nameOfZone(crossing.from), nameOfZone(crossing.to)];
  const network = networkName(mesh);
  return {
    title: crossing.isBoth
      ? `The ${network} is cut between ${from} and ${to}: all ${pairs.length} node pairs between them fail`
      : `The ${network} is cut from ${from} to ${to}: all ${pairs.length} node pairs fail, those back work`,
    where: { from, to },
    fix: {
      says: `Look at what lies between these two zones only: peering and routes to the ${mesh.network === 'pod' ? 'pod ranges' : 'nodes'}, security groups, firewalls of the link.`,
      manifest: null,
    },
  };
}

function carrier(encapsulation: string): string {
  switch (encapsulation) {
    case 'vxlan':
      return 'VXLAN (UDP 8472, or 4789 with some CNIs)';
    case 'ipip':
      return 'IPIP (IP protocol 4)';
    case 'native':
      return 'the routed pod ranges';
    default:
      return 'the encapsulation of this CNI (VXLAN: UDP 8472 or 4789; IPIP: protocol 4; WireGuard: UDP 51820)';
  }
}

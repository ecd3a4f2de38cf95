import { proxyTimer, whyThatLong } from '../amplifier.ts';
import { anyDelay, explain } from '../attribution.ts';
import { isBroken, meshOf, overlayPaths } from '../experiments.ts';
import { behaviour, line, sight } from '../words.ts';
import { defineDiagnosis } from './diagnosis.ts';
import { underlayOf } from './overlay.ts';

export default defineDiagnosis({
  id: 'broken-overlay',
  class: 'cross-node-overlay',
  title: 'No pod reaches a pod on another node',
  why: 'Packets between nodes are carried by the overlay (VXLAN, IPIP, WireGuard) or by routes. Where that is cut, every connect to another node runs through the whole SYN schedule and every DNS query to another node times out.',
  test: 'Probe pods on every pair of nodes connect to each other; probes on the host network of the same nodes connect to the node addresses. Pods that fail on all pairs, between nodes that reach each other, prove the overlay.',
  remedy:
    'Let the encapsulation through between the nodes (VXLAN: UDP 8472 or 4789; IPIP: protocol 4; WireGuard: UDP 51820/51821; without encapsulation: routes to the pod ranges), then look at the CNI pods and their logs.',
  limits:
    'With two nodes it cannot be told from one broken node. Without host vantages the network under the overlay is not measured, and the finding stays likely.',
  maskedBy: [],
  find(evidence) {
    const mesh = meshOf(evidence);
    const broken = mesh.filter((pair) => isBroken(pair.path));
    if (mesh.length === 0 || broken.length < mesh.length) return [];
    const underlay = underlayOf(evidence, broken);
    const accounts = overlayPaths(evidence).filter((path) => isBroken(path));
    const explained = explain(evidence, accounts, anyDelay);
    const shots = broken.flatMap((pair) => pair.path.unanswered);
    return [
      {
        certainty: underlay.works ? 'proven' : 'likely',
        title: `The pod network is cut between all nodes: ${broken.length} of ${mesh.length} ways between nodes fail`,
        object: null,
        where: null,
        timer: proxyTimer(evidence),
        evidence: [
          ...sight(evidence, explained),
          ...[whyThatLong(evidence)].filter((each) => each !== null),
          line(
            'Where',
            `every pod of one node to every pod of another, e.g. ${broken[0]?.from} → ${broken[0]?.to}: ${broken[0] === undefined ? '' : behaviour(broken[0].path)}`,
            shots,
          ),
          line('Under it', underlay.says, underlay.shots),
        ],
        fix: {
          says: `Let ${carrier(evidence.cluster.networking.encapsulation)} pass between the nodes (firewall, security group), then look at the CNI pods.`,
          manifest: null,
        },
        wouldSettle: underlay.works
          ? null
          : 'Probe the node addresses from the host network (without --no-host): if they answer, it is the overlay.',
        accounts: accounts.map((path) => path.path.id),
        explained,
      },
    ];
  },
});

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

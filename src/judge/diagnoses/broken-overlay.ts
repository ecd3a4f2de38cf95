import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { anyDelay, explain } from '../engine/reach.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { meshesOf } from '../views/mesh.ts';
import type { Mesh } from '../views/mesh.ts';
import { behaviour, line, pathLines, sight } from '../words/words.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Found } from '../engine/diagnosis.ts';
import { brokenPaths, networkName, probeUnderlay, underlayOf } from '../views/overlay.ts';
import { cutCrossings, nameOfZone } from '../views/zones.ts';
import type { Crossing } from '../views/zones.ts';

export default defineDiagnosis({
  id: 'broken-overlay',
  class: 'cross-node-overlay',
  title: 'No pod reaches a pod on another node, or in another zone',
  why: 'Packets between nodes are carried by the overlay (VXLAN, IPIP, WireGuard) or by routes. Where that is cut, every connect to another node runs through the whole SYN schedule and every DNS query to another node times out.',
  test: 'Probe pods on every pair of nodes connect to each other; probes on the host network of the same nodes connect to the node addresses. Pods that fail on all pairs, between nodes that reach each other, prove the overlay. Where only all pairs between two zones fail, it is that crossing.',
  remedy:
    'Let the encapsulation through between the nodes (VXLAN: UDP 8472 or 4789; IPIP: protocol 4; WireGuard: UDP 51820/51821; without encapsulation: routes to the pod ranges), then look at the CNI pods and their logs.',
  limits:
    'With two nodes it cannot be told from one broken node. Without host vantages the network under the overlay is not measured, and the finding stays likely. A crossing of zones is named only from two couples of nodes on.',
  maskedBy: [],
  find(evidence) {
    const found: Found[] = [];
    const known = new Set<string>();
    for (const mesh of meshesOf(evidence)) {
      const isAll = mesh.pairs.every((pair) => isBroken(pair.path));
      const places = isAll ? [null] : cutCrossings(mesh);
      for (const crossing of places) {
        const place = crossing === null ? 'all' : `${crossing.from}\n${crossing.to}`;
        // The network under it is cut at the same place: that is the cause, and accounts for this one too.
        if (known.has(place)) continue;
        known.add(place);
        found.push(crossing === null ? cutEverywhere(evidence, mesh) : cutBetweenZones(evidence, mesh, crossing));
      }
    }
    return found;
  },
});

function cutEverywhere(evidence: Evidence, mesh: Mesh): Found {
  const broken = mesh.pairs;
  const underlay = underlayOf(evidence, mesh.network, broken);
  const accounts = brokenPaths(evidence, mesh);
  const explained = explain(evidence, accounts, anyDelay);
  const shots = broken.flatMap((pair) => pair.path.unanswered);
  const [first] = broken;
  return {
    certainty: underlay.works ? 'proven' : 'likely',
    title: `The ${networkName(mesh)} is cut between all nodes: ${broken.length} of ${mesh.pairs.length} ways between nodes fail`,
    object: null,
    where: null,
    timer: proxyTimer(evidence),
    evidence: [
      ...sight(evidence, explained),
      ...[whyThatLong(evidence)].filter((each) => each !== null),
      line(
        'Where',
        `${mesh.network === 'pod' ? 'every pod of one node to every pod of another' : 'every node to every other'}, e.g. ${first?.from} → ${first?.to}: ${first === undefined ? '' : behaviour(first.path)}`,
        shots,
      ),
      line('Under it', underlay.says, underlay.shots),
    ],
    fix: {
      says:
        mesh.network === 'pod'
          ? `Let ${carrier(evidence.cluster.networking.encapsulation)} pass between the nodes (firewall, security group), then look at the CNI pods.`
          : 'Look at the network of the nodes themselves: security groups, firewalls on the nodes, their switches and routes.',
      manifest: null,
    },
    wouldSettle: underlay.works ? null : probeUnderlay(evidence),
    accounts: accounts.map((path) => path.path.id),
    explained,
  };
}

function cutBetweenZones(evidence: Evidence, mesh: Mesh, crossing: Crossing): Found {
  const [from, to] = [nameOfZone(crossing.from), nameOfZone(crossing.to)];
  const underlay = underlayOf(evidence, mesh.network, crossing.pairs);
  const isCut = (a: string | null, b: string | null) => crossing.cuts(a ?? '', b ?? '');
  const accounts = brokenPaths(evidence, mesh).filter(({ path, from: source }) =>
    isCut(source.node, 'node' in path.to ? path.to.node : null),
  );
  const explained = explain(evidence, accounts, anyDelay);
  const cut = new Set(crossing.pairs);
  const others = mesh.pairs.filter((pair) => !cut.has(pair));
  const working = others.filter(({ path }) => isWorking(path));
  const count = crossing.pairs.length;
  return {
    certainty: underlay.works ? 'proven' : 'likely',
    title: crossing.isBoth
      ? `The ${networkName(mesh)} is cut between ${from} and ${to}: all ${count} ways between them fail`
      : `The ${networkName(mesh)} is cut from ${from} to ${to}: all ${count} ways fail, those back work`,
    object: null,
    where: { from, to },
    timer: proxyTimer(evidence),
    evidence: [
      ...sight(evidence, explained),
      ...pathLines(
        'Where',
        crossing.pairs.map((pair) => pair.path),
      ),
      line(
        'Elsewhere',
        `${working.length} of ${others.length} other ways work, the same nodes among them`,
        working.flatMap((pair) => pair.path.answered).slice(0, 10),
      ),
      line('Under it', underlay.says, underlay.shots),
    ],
    fix: {
      says: `Look at what lies between these two zones only: peering and routes to the ${mesh.network === 'pod' ? 'pod ranges' : 'nodes'}, security groups, firewalls of the link.`,
      manifest: null,
    },
    wouldSettle: underlay.works ? null : probeUnderlay(evidence),
    accounts: accounts.map((path) => path.path.id),
    explained,
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

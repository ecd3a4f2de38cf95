import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { anyDelay, explain } from '../engine/reach.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { meshesOf } from '../views/mesh.ts';
import type { Mesh, Pair } from '../views/mesh.ts';
import { line, pathLines, sight } from '../words/words.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Found } from '../engine/diagnosis.ts';
import { brokenPaths, hasArrived, networkName, probeUnderlay, underlayOf, workingWays } from '../views/overlay.ts';

/** With fewer others a broken node and a broken way look the same. */
const FEWEST_PEERS = 2;
const OTHERS = 'all other nodes';

export default defineDiagnosis({
  id: 'broken-node-overlay',
  class: 'cross-node-overlay',
  title: 'One node is cut off from the pod network',
  why: 'Pods of this node reach no pod elsewhere and are reached by none. Whatever has a replica there, or runs there, times out in proportion.',
  test: 'Probe pods on every pair of nodes: all pairs with this node fail, all others work; the node address itself answers. Where only the ways to it fail, or only those from it, that direction is named.',
  remedy:
    'Look at the CNI pod of this node, its overlay device, its firewall, and whether its pod range is routed by the others.',
  limits: 'Needs three nodes: with two, one node cannot be told from the overlay as a whole.',
  maskedBy: ['broken-overlay'],
  find(evidence) {
    const found: Found[] = [];
    const known = new Set<string>();
    for (const mesh of meshesOf(evidence)) {
      if (mesh.touching.size < 3) continue;
      for (const node of mesh.touching.keys()) {
        const cut = known.has(node) ? null : cutOf(mesh, node);
        if (cut === null) continue;
        // The network under it is cut there: that is the cause, and accounts for the pods as well.
        known.add(node);
        found.push(findingOf(evidence, mesh, cut));
      }
    }
    return found;
  },
});

interface Cut {
  readonly node: string;
  readonly direction: 'both' | 'to' | 'from';
  /** The ways that fail. */
  readonly ways: readonly Pair[];
}

/** null: some way of each direction works, or nothing works elsewhere either. */
function cutOf(mesh: Mesh, node: string): Cut | null {
  const own = mesh.touching.get(node) ?? [];
  const from = own.filter((pair) => pair.from === node);
  const to = own.filter((pair) => pair.to === node);
  const isCut = (pairs: readonly Pair[]) => pairs.length > 0 && pairs.every(({ path }) => isBroken(path));
  const works = own.filter(({ path }) => isWorking(path)).length;
  const direction = isCut(own) ? 'both' : isCut(to) ? 'to' : isCut(from) ? 'from' : null;
  if (direction === null || workingWays(mesh) === works) return null;
  const ways = { both: own, to, from }[direction];
  const peers = new Set(ways.map((pair) => (pair.from === node ? pair.to : pair.from)));
  // Others that work with nobody say nothing of this node.
  const telling = [...peers].filter((peer) => (mesh.touching.get(peer) ?? []).some(({ path }) => isWorking(path)));
  return peers.size >= FEWEST_PEERS && telling.length > 0 ? { node, direction, ways } : null;
}

function findingOf(evidence: Evidence, mesh: Mesh, cut: Cut): Found {
  const { node, ways } = cut;
  const underlay = underlayOf(evidence, mesh.network, ways);
  const accounts = brokenPaths(evidence, mesh, node).filter(
    ({ path, from }) =>
      cut.direction === 'both' ||
      (cut.direction === 'from' ? from.node === node : 'node' in path.to && path.to.node === node),
  );
  const explained = explain(evidence, accounts, anyDelay);
  const others = mesh.pairs.length - (mesh.touching.get(node)?.length ?? 0);
  const own = (mesh.touching.get(node) ?? []).filter(({ path }) => isWorking(path)).length;
  const arrivals = arrivalsOf(evidence, cut);
  return {
    certainty: underlay.works ? 'proven' : 'likely',
    title: titleOf(mesh, cut),
    object: { kind: 'Node', namespace: null, name: node },
    where: (arrivals?.direction ?? cut.direction) === 'to' ? { from: OTHERS, to: node } : { from: node, to: OTHERS },
    timer: proxyTimer(evidence),
    evidence: [
      ...sight(evidence, explained),
      ...[whyThatLong(evidence)].filter((each) => each !== null),
      ...pathLines(
        'Where',
        ways.map((pair) => pair.path),
      ),
      ...(arrivals === null ? [] : [line('Direction', arrivals.says)]),
      line(
        'Elsewhere',
        `${workingWays(mesh) - own} of ${others} ways between the other nodes work`,
        answeredElsewhere(mesh, node),
      ),
      line('Under it', underlay.says, underlay.shots),
    ],
    fix: {
      says:
        mesh.network === 'pod'
          ? `Restart or repair the CNI on ${node}; check its firewall for the encapsulation and the routes to its pod range.`
          : `Look at the network of ${node} itself: its interface, its firewall, its switch port, its security group.`,
      manifest: null,
    },
    wouldSettle: underlay.works ? null : probeUnderlay(evidence),
    accounts: accounts.map((path) => path.path.id),
    explained,
  };
}

function titleOf(mesh: Mesh, { node, direction, ways }: Cut): string {
  const network = networkName(mesh);
  switch (direction) {
    case 'both':
      return `Node ${node} is cut off from the ${network}: all ${ways.length} ways to and from it fail`;
    case 'to':
      return `Nothing reaches node ${node} over the ${network}: all ${ways.length} ways to it fail, those from it do not`;
    case 'from':
      return `Node ${node} reaches no other over the ${network}: all ${ways.length} ways from it fail, those to it do not`;
    default:
      return direction satisfies never;
  }
}

/** Where both directions of every connect fail: whose packets still arrive tells which direction it is. null: it does not tell. */
function arrivalsOf(
  evidence: Evidence,
  { node, direction, ways }: Cut,
): { direction: 'to' | 'from'; says: string } | null {
  if (direction !== 'both') return null;
  const arrived = ways.filter((pair) => hasArrived(evidence, pair));
  const outward = arrived.filter((pair) => pair.from === node).length;
  const inward = arrived.length - outward;
  if (outward > 0 && inward === 0)
    return {
      direction: 'to',
      says: `packets of ${node} arrive at ${outward} others; nothing of theirs arrives at ${node}`,
    };
  if (inward > 0 && outward === 0)
    return {
      direction: 'from',
      says: `packets of ${inward} others arrive at ${node}; nothing of ${node} arrives at them`,
    };
  return null;
}

function answeredElsewhere(mesh: Mesh, node: string) {
  const working = mesh.pairs.find((pair) => pair.from !== node && pair.to !== node && isWorking(pair.path));
  return working?.path.answered.slice(0, 10) ?? [];
}

import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { meshesOf } from '../views/mesh.ts';
import type { Mesh, Pair } from '../views/mesh.ts';
import {
  brokenPaths,
  hasArrived,
  networkName,
  underlayContrast,
  underlayLines,
  workingNodePairs,
} from '../views/overlay.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { line } from '../words/words.ts';

/** With fewer others a broken node and a broken pair look the same. */
const FEWEST_PEERS = 2;
const OTHERS = 'all other nodes';

export default defineDiagnosis({
  id: 'broken-node-overlay',
  class: 'cross-node-overlay',
  layer: 'network',
  title: 'One node is cut off from the pod network',
  why: 'Pods of this node reach no pod elsewhere and are reached by none. Whatever has a replica there, or runs there, times out in proportion.',
  test: 'Probe pods on every pair of nodes: all pairs with this node fail, all others work; the node address itself answers. Where only the node pairs towards it fail, or only those from it, that direction is named.',
  remedy:
    'Look at the CNI pod of this node, its overlay device, its firewall, and whether its pod range is routed by the others.',
  limits: 'Needs three nodes: with two, one node cannot be told from the overlay as a whole.',
  experiments: ['node-pairs', 'node-network', 'endpoints'],
  suspects: (evidence) => {
    const cuts = meshesOf(evidence)
      .filter(({ touching }) => touching.size >= 3)
      .flatMap((mesh) => [...mesh.touching.keys()].flatMap((node) => cutOf(mesh, node) ?? []));
    // The network under it is cut there: that is the cause, and accounts for the pods as well.
    return [...new Map(cuts.toReversed().map((cut) => [cut.node, cut])).values()].toReversed();
  },
  arm: ({ nodePairs }) => ({ paths: nodePairs.map(({ path }) => path), fails: true }),
  contrasts: ({ mesh, node, nodePairs }, evidence) => {
    const own = mesh.touching.get(node) ?? [];
    const others = mesh.pairs.length - own.length;
    const working = workingNodePairs(mesh) - own.filter(({ path }) => isWorking(path)).length;
    return [
      {
        label: 'Elsewhere',
        holds: true,
        says: `${working} of ${others} node pairs among the others work`,
        attempts: answeredElsewhere(mesh, node),
        settles: '',
      },
      underlayContrast(evidence, mesh, nodePairs),
    ];
  },
  suffer: ({ mesh, node, direction }, evidence) =>
    [...brokenPaths(evidence, mesh, node), ...fromItsPodsToNodes(evidence, node)].filter(
      ({ path, from }) =>
        direction === 'both' ||
        (direction === 'from' ? from.node === node : 'node' in path.to && path.to.node === node),
    ),
  blame: (cut, evidence) => {
    const { mesh, node, nodePairs } = cut;
    const arrivals = arrivalsOf(evidence, cut);
    return {
      title: titleOf(cut),
      object: { kind: 'Node', namespace: null, name: node },
      where: (arrivals?.direction ?? cut.direction) === 'to' ? { from: OTHERS, to: node } : { from: node, to: OTHERS },
      timer: proxyTimer(evidence),
      why: whyThatLong(evidence),
      lines: [
        ...(arrivals === null ? [] : [line('Direction', arrivals.says)]),
        ...underlayLines(evidence, mesh, nodePairs),
      ],
      fix: {
        says:
          mesh.network === 'pod'
            ? `Restart or repair the CNI on ${node}; check its firewall for the encapsulation and the routes to its pod range.`
            : `Look at the network of ${node} itself: its interface, its firewall, its switch port, its security group.`,
        manifest: null,
      },
    };
  },
});

interface Cut {
  readonly mesh: Mesh;
  readonly node: string;
  readonly direction: 'both' | 'to' | 'from';
  /** The pairs that fail. */
  readonly nodePairs: readonly Pair[];
}

/** null: some node pair of each direction works, or nothing works elsewhere either. */
/** What its pods ask of entries on the network of other nodes leaves the node as all of theirs does. */
function fromItsPodsToNodes({ paths }: Evidence, node: string): PathEvidence[] {
  return paths.filter(
    (path) =>
      path.path.to.kind === 'entry' &&
      path.from.node === node &&
      !path.from.identity.hostNetwork &&
      path.path.to.node !== node &&
      isBroken(path),
  );
}

function cutOf(mesh: Mesh, node: string): Cut | null {
  const own = mesh.touching.get(node) ?? [];
  const from = own.filter((pair) => pair.from === node);
  const to = own.filter((pair) => pair.to === node);
  const isCut = (pairs: readonly Pair[]) => pairs.length > 0 && pairs.every(({ path }) => isBroken(path));
  const works = own.filter(({ path }) => isWorking(path)).length;
  const direction = isCut(own) ? 'both' : isCut(to) ? 'to' : isCut(from) ? 'from' : null;
  if (direction === null || workingNodePairs(mesh) === works) return null;
  const nodePairs = { both: own, to, from }[direction];
  const peers = new Set(nodePairs.map((pair) => (pair.from === node ? pair.to : pair.from)));
  // Others that work with nobody say nothing of this node.
  const telling = [...peers].filter((peer) => (mesh.touching.get(peer) ?? []).some(({ path }) => isWorking(path)));
  return peers.size >= FEWEST_PEERS && telling.length > 0 ? { mesh, node, direction, nodePairs } : null;
}

function titleOf({ mesh, node, direction, nodePairs }: Cut): string {
  const network = networkName(mesh);
  switch (direction) {
    case 'both':
      return `Node ${node} is cut off from the ${network}: all ${nodePairs.length} node pairs with it fail`;
    case 'to':
      return `Nothing reaches node ${node} over the ${network}: all ${nodePairs.length} node pairs to it fail, those from it do not`;
    case 'from':
      return `Node ${node} reaches no other over the ${network}: all ${nodePairs.length} node pairs from it fail, those to it do not`;
    default:
      return direction satisfies never;
  }
}

/** Where both directions of every connect fail: whose packets still arrive tells which direction it is. null: it does not tell. */
function arrivalsOf(
  evidence: Evidence,
  { node, direction, nodePairs }: Cut,
): { direction: 'to' | 'from'; says: string } | null {
  if (direction !== 'both') return null;
  const arrived = nodePairs.filter((pair) => hasArrived(evidence, pair));
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

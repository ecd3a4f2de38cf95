/** The node pairs: what probe pods, or the nodes themselves, see of each other. Whole in a small cluster, a part of it in a large one. */
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isLarge } from './hops.ts';

/** One ordered pair of nodes as the probes on them see it. */
export interface Pair {
  readonly from: string;
  readonly to: string;
  readonly path: PathEvidence;
}

export interface Mesh {
  /** `pod`: control to control, over whatever carries pods between nodes; `host`: between the nodes' own addresses. */
  readonly network: 'pod' | 'host';
  readonly pairs: readonly Pair[];
  /** The pairs that begin or end at a node. */
  readonly touching: ReadonlyMap<string, readonly Pair[]>;
  between(from: string, to: string): Pair | null;
  /** '' where a node has none. */
  zoneOf(node: string): string;
}

/** The pod network as neutral pods see it: TCP and small, or whatever a matrix was asked to measure. What a policy denies says nothing of it. */
export const meshOf = derived((evidence: Evidence): Mesh => makeMesh(evidence, 'pod'));

/** The network under it. Only a matrix asks for it by itself; a diagnosis takes it as the underlay of the other. */
export const hostMeshOf = derived((evidence: Evidence): Mesh => makeMesh(evidence, 'host'));

/** All networks whose node pairs stand for what the user asked about, the lower one first. */
export function meshesOf(evidence: Evidence): Mesh[] {
  const meshes = evidence.target.kind === 'nodes' ? [hostMeshOf(evidence), meshOf(evidence)] : [meshOf(evidence)];
  return meshes.filter(({ pairs }) => pairs.length > 0);
}

function makeMesh(evidence: Evidence, network: Mesh['network']): Mesh {
  const pairs = evidence.paths.filter((path) => isNodePair(evidence, path, network)).map(pairOf);
  const touching = new Map<string, Pair[]>();
  const add = (node: string, pair: Pair) => {
    const own = touching.get(node);
    if (own === undefined) touching.set(node, [pair]);
    else own.push(pair);
  };
  for (const pair of pairs) {
    add(pair.from, pair);
    add(pair.to, pair);
  }
  const byEnds = new Map(pairs.map((pair) => [`${pair.from}\n${pair.to}`, pair]));
  const zones = new Map(evidence.cluster.nodes.map(({ name, zone }) => [name, zone ?? '']));
  return {
    network,
    pairs,
    touching,
    between: (from, to) => byEnds.get(`${from}\n${to}`) ?? null,
    zoneOf: (node) => zones.get(node) ?? '',
  };
}

function isNodePair(evidence: Evidence, path: PathEvidence, network: Mesh['network']): boolean {
  const kind = network === 'pod' ? 'control' : 'host';
  if (path.from.kind !== kind || path.to?.kind !== kind || path.state === 'unmeasured') return false;
  if (network === 'pod' && expectationOf(evidence, path).verdict === 'deny') return false;
  if (evidence.target.kind === 'nodes') return path.path.userFacing;
  const isChosenPort = path.path.to.kind === 'agent' && path.path.to.port !== null;
  return path.path.probe.kind === 'tcp' && !isChosenPort && !isLarge(path);
}

function pairOf(path: PathEvidence): Pair {
  return { from: path.from.node ?? '', to: path.to?.node ?? '', path };
}

/** True where a control on `from` reaches a control on `to` (or they are one node), false where not, null where nobody tried. */
export function areConnected(evidence: Evidence, from: string | null, to: string | null): boolean | null {
  if (from === to) return true;
  if (from === null || to === null) return null;
  const pair = meshOf(evidence).between(from, to);
  return pair === null ? null : isWorking(pair.path);
}

/** No measured node pair over the pod network leads to this node; false as well where none was measured. */
export function isCutOff(evidence: Evidence, node: string | null): boolean {
  const nodePairs = (meshOf(evidence).touching.get(node ?? '') ?? []).filter(({ to }) => to === node);
  return nodePairs.length > 0 && !nodePairs.some(({ path }) => isWorking(path));
}

/** Paths that the pod network must carry between two nodes: they leave a node and end at a pod of another. */
export const overlayPaths = derived((evidence: Evidence): readonly PathEvidence[] => {
  const hostAddresses = new Set(evidence.cluster.pods.filter((pod) => pod.hostNetwork).flatMap((pod) => pod.addresses));
  return evidence.paths.filter((path) => {
    if (path.path.locality !== 'cross-node' || path.state === 'unmeasured') return false;
    if (path.to !== null) return path.to.kind !== 'host';
    const to = path.path.to;
    return (to.kind === 'backend' || to.kind === 'dns-server') && !hostAddresses.has(to.address);
  });
});

/** The same by the node that they begin or end at. */
export const overlayPathsAt = derived((evidence: Evidence): ReadonlyMap<string, readonly PathEvidence[]> => {
  const found = new Map<string, PathEvidence[]>();
  for (const path of overlayPaths(evidence)) {
    const to = path.path.to;
    for (const node of new Set([path.from.node, 'node' in to ? to.node : null])) {
      if (node === null) continue;
      const own = found.get(node);
      if (own === undefined) found.set(node, [path]);
      else own.push(path);
    }
  }
  return found;
});

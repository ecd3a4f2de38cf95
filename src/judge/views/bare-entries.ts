/** Ports of nodes that drop what comes from outside, because their Service is Local and they have no endpoint of it. */
import type { Service } from '../../model/cluster.ts';
import { localServiceAt, nodesServing } from '../../model/local-entry.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken } from '../evidence/state.ts';

export interface BareEntry {
  readonly service: Service;
  readonly node: string;
  /** All that failed there, from elsewhere than the node itself. */
  readonly paths: readonly PathEvidence[];
  /** The node's own pods, where they are not served either. */
  readonly own: readonly PathEvidence[];
}

/** By node, where all that asked from outside the cluster, and whoever else asked from other nodes in vain, got nothing. */
export function bareEntries(evidence: Evidence): BareEntry[] {
  const entries = evidence.paths.filter(({ path, state }) => path.to.kind === 'entry' && state !== 'unmeasured');
  return [...Map.groupBy(entries, nodeOf)].flatMap(([node, all]) => {
    const [to] = all.map(({ path }) => path.to);
    const service = to?.kind === 'entry' ? localServiceAt(evidence.cluster, to) : null;
    if (node === null || service === null || nodesServing(evidence.cluster, service).includes(node)) return [];
    // A node serves its own pods, and some proxies all pods, as at the ClusterIP.
    const failing = all.filter((path) => path.from.node !== node && isBroken(path));
    const isOpen = all.some((path) => path.from.kind === 'local' && !isBroken(path));
    const own = all.filter((path) => path.from.node === node && isBroken(path));
    return failing.length === 0 || isOpen ? [] : [{ service, node, paths: failing, own }];
  });
}

/** The same port elsewhere, for who failed here. */
export function entriesBeside(evidence: Evidence, failing: readonly PathEvidence[]): PathEvidence[] {
  const [sources, nodes] = [sourcesOf(failing), new Set(failing.map(nodeOf))];
  return evidence.paths.filter(
    (path) =>
      path.path.to.kind === 'entry' &&
      path.state !== 'unmeasured' &&
      sources.has(path.from.id) &&
      !nodes.has(nodeOf(path)),
  );
}

/** Straight to the endpoints, from anywhere: who stands outside need not reach pods. By address. */
export function straightBehind(evidence: Evidence): PathEvidence[][] {
  const direct = evidence.paths.filter(({ path, state }) => path.to.kind === 'backend' && state !== 'unmeasured');
  return [...Map.groupBy(direct, ({ path: { to } }) => ('address' in to ? to.address : '')).values()];
}

function sourcesOf(paths: readonly PathEvidence[]): ReadonlySet<string> {
  return new Set(paths.map(({ from }) => from.id));
}

function nodeOf({ path: { to } }: PathEvidence): string | null {
  return to.kind === 'entry' ? to.node : null;
}

/** What the diagnoses of the node pairs share: is the network under it well, which direction is cut, what it accounts for. */
import { duration } from '../../model/format.ts';
import { derived } from '../derived.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence, Attempt } from '../evidence/evidence.ts';
import { hellosOf } from '../evidence/delay.ts';
import { arrivedAt } from '../evidence/sources.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { hostMeshOf, overlayPaths, overlayPathsAt } from './mesh.ts';
import type { Mesh, Pair } from './mesh.ts';
import { line } from '../words/words.ts';

export interface Underlay {
  readonly works: boolean;
  readonly says: string;
  readonly attempts: readonly Attempt[];
}

/** Host vantages of the same pairs of nodes, by node address: they do not use the overlay. Under the nodes' own network there is nothing to ask. */
export function underlayOf(evidence: Evidence, network: Mesh['network'], broken: readonly Pair[]): Underlay {
  if (network === 'host')
    return { works: true, says: 'these are the nodes’ own addresses: no overlay is involved', attempts: [] };
  const host = hostMeshOf(evidence);
  const between = broken.flatMap(({ from, to }) => host.between(from, to)?.path ?? []);
  if (between.length === 0) return { works: false, says: 'the node addresses were not probed', attempts: [] };
  const working = between.filter(isWorking);
  const median = working[0]?.median('total') ?? null;
  const says =
    working.length === between.length
      ? `the nodes themselves reach each other (${working.length} of ${between.length} node pairs${median === null ? '' : `, ${duration(median)}`})`
      : `node to node fails as well on ${between.length - working.length} of ${between.length} node pairs`;
  return {
    works: working.length === between.length,
    says,
    attempts: working.flatMap((path) => path.answered).slice(0, 10),
  };
}

/** The node network between the same nodes works: then it is what lies over it. Where it fails as well, that is told, and leaves it open which. */
export function underlayContrast(evidence: Evidence, mesh: Mesh, broken: readonly Pair[]): Contrast {
  const { works, says, attempts } = underlayOf(evidence, mesh.network, broken);
  return { label: 'Under it', holds: works ? true : null, says, attempts, settles: probeUnderlay(evidence) };
}

/** What is told of an underlay that proves nothing. */
export function underlayLines(evidence: Evidence, mesh: Mesh, broken: readonly Pair[]) {
  const { works, says, attempts } = underlayOf(evidence, mesh.network, broken);
  return works ? [] : [line('Under it', says, attempts)];
}

/** What would settle a finding whose underlay was not measured. */
function probeUnderlay({ target }: Evidence): string {
  const flag = target.kind === 'nodes' ? '--network both' : 'without --no-host';
  return `Probe the node addresses from the host network (${flag}): if they answer, it is the overlay.`;
}

/** `pod network` or `node network`: what a finding says is cut. */
export function networkName({ network }: Pick<Mesh, 'network'>): string {
  return network === 'pod' ? 'pod network' : 'node network';
}

/** How many node pairs of a network work at all. */
export const workingNodePairs = derived(
  (mesh: Mesh): number => mesh.pairs.filter(({ path }) => isWorking(path)).length,
);

/**
 * The broken paths that a cut of this network accounts for, all or those at one node: a cut between nodes is one of the pods on them
 * as well, and not the other way round.
 */
export function brokenPaths(evidence: Evidence, { network, pairs, touching }: Mesh, node?: string): PathEvidence[] {
  const over = node === undefined ? overlayPaths(evidence) : (overlayPathsAt(evidence).get(node) ?? []);
  const under =
    network === 'pod' ? [] : (node === undefined ? pairs : (touching.get(node) ?? [])).map(({ path }) => path);
  return [...over, ...under].filter(isBroken);
}

/**
 * Which way is cut between two nodes: a SYN that arrived tells that its direction works, so the answer got lost.
 * null where nothing arrived either way, or both did.
 */
export function cutDirection(
  evidence: Evidence,
  mesh: Mesh,
  [a, b]: readonly [string, string],
): { readonly from: string; readonly to: string } | null {
  const toB = hasArrived(evidence, mesh.between(a, b));
  const toA = hasArrived(evidence, mesh.between(b, a));
  if (toB === toA) return null;
  return toB ? { from: b, to: a } : { from: a, to: b };
}

/** The probe at the far end saw a SYN or datagram of the one at the near end. */
export function hasArrived(evidence: Evidence, pair: Pair | null): boolean {
  const at = pair?.path.to?.id;
  if (pair === null || at === undefined) return false;
  const addresses = hellosOf(evidence).get(pair.path.from.id)?.addresses ?? [];
  return addresses.some((address) => arrivedAt(evidence.recording, at, address) !== null);
}

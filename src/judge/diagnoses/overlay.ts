/** What the diagnoses of the overlay share: is the network under it well, and which direction is cut. */
import { duration } from '../../model/format.ts';
import type { Evidence, Shot } from '../evidence/evidence.ts';
import { arrivedAt } from '../evidence/sources.ts';
import { isWorking, meshOf } from '../experiments.ts';
import type { Pair } from '../experiments.ts';

export interface Underlay {
  readonly works: boolean;
  readonly says: string;
  readonly shots: readonly Shot[];
}

/** Host vantages of the same pairs of nodes, by node address: they do not use the overlay. */
export function underlayOf(evidence: Evidence, broken: readonly Pair[]): Underlay {
  const between = evidence.paths.filter(
    (path) =>
      path.from.kind === 'host' &&
      path.to?.kind === 'host' &&
      path.state !== 'unmeasured' &&
      broken.some((pair) => pair.from === path.from.node && pair.to === path.to?.node),
  );
  if (between.length === 0) return { works: false, says: 'the node addresses were not probed', shots: [] };
  const working = between.filter(isWorking);
  const median = working[0]?.median('total') ?? null;
  const says =
    working.length === between.length
      ? `the nodes themselves reach each other (${working.length} of ${between.length} ways${median === null ? '' : `, ${duration(median)}`})`
      : `node to node fails as well on ${between.length - working.length} of ${between.length} ways`;
  return {
    works: working.length === between.length,
    says,
    shots: working.flatMap((path) => path.answered).slice(0, 10),
  };
}

/**
 * Which way is cut between two nodes: a SYN that arrived tells that its direction works, so the answer got lost.
 * null where nothing arrived either way, or both did.
 */
export function cutDirection(
  evidence: Evidence,
  a: string,
  b: string,
): { readonly from: string; readonly to: string } | null {
  const toB = hasArrived(evidence, a, b);
  const toA = hasArrived(evidence, b, a);
  if (toB === toA) return null;
  return toB ? { from: b, to: a } : { from: a, to: b };
}

/** The control on `to` saw a SYN or datagram of the control on `from`. */
function hasArrived({ recording, paths }: Evidence, from: string, to: string): boolean {
  const pair = meshOf({ paths }).find((each) => each.from === from && each.to === to)?.path;
  const addresses = recording.hellos.find((hello) => hello.agent === pair?.from.id)?.addresses ?? [];
  const at = pair?.to?.id ?? null;
  return at !== null && addresses.some((address) => arrivedAt(recording, at, address) !== null);
}

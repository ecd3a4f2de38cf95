/** Loss is chance: a pod that lost nothing in a dozen connects is not yet clear of what its sibling suffers. */
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { ladderOf } from '../evidence/ladder.ts';

/** A fault is pinned to one pod of several only where chance would do that less often than this. */
export const TELLING_CHANCE = 0.01;

/**
 * Clean paths to other pods of the Service, from the same nodes as the lossy ones, that may well share the fault: were the lost SYNs dealt out
 * blindly over all that were sent, as many would have missed that pod too often to call it clear.
 */
export function notDistinguishable(evidence: Evidence, lossy: readonly PathEvidence[]): readonly PathEvidence[] {
  const direct = lossy.filter((path) => podOf(evidence, path) !== null);
  const own = synsOf(evidence, direct);
  const troubled = new Set(direct.map((path) => podOf(evidence, path)));
  const sources = new Set(direct.map((path) => path.from.node));
  const clean = evidence.paths.filter((path) => path.state === 'open' && sources.has(path.from.node));
  const siblings = Map.groupBy(clean, (path) => podOf(evidence, path));
  return [...siblings].flatMap(([pod, paths]) => {
    if (pod === null || troubled.has(pod)) return [];
    return chanceOfMissing(own.lost, own.sent, synsOf(evidence, paths).sent) < TELLING_CHANCE ? [] : paths;
  });
}

/** The pod of the asked Service that the path goes straight to, as `namespace/name`. */
function podOf({ target }: Evidence, { path: { to } }: PathEvidence): string | null {
  if (to.kind !== 'backend' || to.pod === null) return null;
  const { namespace, name } = to.pod;
  const isOfService = target.service?.backends.some(
    ({ pod }) => pod !== null && pod.namespace === namespace && pod.name === name,
  );
  return isOfService === true ? `${namespace}/${name}` : null;
}

/** SYNs that were lost on these paths, and all that were sent. */
export function synsOf(
  evidence: Evidence,
  paths: readonly PathEvidence[],
): { readonly lost: number; readonly sent: number } {
  const losses = paths.map((path) => {
    const hello = evidence.recording.hellos.find(({ agent }) => agent === path.from.id);
    return ladderOf(path, hello?.sysctls ?? {}).loss;
  });
  const sum = (pick: (loss: (typeof losses)[number]) => number) =>
    losses.reduce((total, loss) => total + pick(loss), 0);
  return { lost: sum(({ count }) => count), sent: sum(({ of }) => of) };
}

/** Fisher's exact test for the case that one side lost nothing: the share of all ways to deal `lost` over both that leave it so. */
export function chanceOfMissing(lost: number, sentHere: number, sentThere: number): number {
  return Array.from({ length: lost }, (_, dealt) => (sentHere - dealt) / (sentHere + sentThere - dealt)).reduce(
    (product, each) => product * each,
    1,
  );
}

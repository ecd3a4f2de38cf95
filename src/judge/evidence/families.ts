/** The same by both address families: paths by the second one beside their siblings by the first. */
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence } from './evidence.ts';

/** What was measured by either family. */
export function ofBothFamilies({ paths, otherFamily }: Pick<Evidence, 'paths' | 'otherFamily'>): PathEvidence[] {
  return [...paths, ...otherFamily];
}

/** An arm of this experiment and of no other. */
export function isOfOtherFamily({ path: { experiments } }: PathEvidence): boolean {
  return experiments.length > 0 && experiments.every((id) => id === 'families');
}

/** By the id of a path by the first family: the measured paths of the same source to the same end by the second. */
export const otherFamilyOf = derived((evidence: Evidence): ReadonlyMap<string, readonly PathEvidence[]> => {
  // A matrix has a hundred thousand paths, and one family.
  if (evidence.otherFamily.length === 0) return new Map();
  const bySource = Map.groupBy(evidence.otherFamily, ({ from }) => from.id);
  return new Map(
    evidence.paths.flatMap((path): [string, readonly PathEvidence[]][] => {
      const own = (bySource.get(path.from.id) ?? []).filter((other) => isSameEnd(path, other));
      return own.length === 0 ? [] : [[path.path.id, own]];
    }),
  );
});

/** The same source to the same end by the first family. */
export function siblingsOf(evidence: Evidence, other: PathEvidence): PathEvidence[] {
  return evidence.paths.filter((path) => path.from.id === other.from.id && isSameEnd(path, other));
}

/** Of an entry where nothing is known but its address, any other entry is: a client of the name may get each. */
function isSameEnd({ path }: PathEvidence, other: PathEvidence): boolean {
  const [one, two] = [path.to, other.path.to];
  if (path.probe.kind !== other.path.probe.kind) return false;
  switch (one.kind) {
    case 'service':
      return (
        two.kind === 'service' && one.namespace === two.namespace && one.name === two.name && one.port === two.port
      );
    case 'backend':
      return two.kind === 'backend' && one.port === two.port && isSamePod(one.pod, two.pod);
    case 'entry':
      return two.kind === 'entry' && (one.node === two.node || two.node === null);
    case 'agent':
      return two.kind === 'agent' && one.agent === two.agent && one.port === two.port;
    case 'external':
      return two.kind === 'external' && one.port === two.port;
    default:
      return false;
  }
}

type PodName = { readonly namespace: string; readonly name: string } | null;

function isSamePod(one: PodName, two: PodName): boolean {
  return one !== null && two !== null && one.namespace === two.namespace && one.name === two.name;
}

/** Which paths are worth a chart: those that users feel, and those that the findings rest on. */
import type { PathSummary } from '../../model/verdict.ts';
import { citedBy, type Shot, shotsByPath, type TargetPage } from './report.ts';
import { STATES, stateOf } from './path-state.ts';

/** More rows than these are no overview any more; the table has all. */
const MOST_PATHS = 12;
/** Dots beyond these cover each other; the slowest are kept. */
const MOST_SHOTS = 300;

export interface ChartedPath {
  readonly path: PathSummary;
  readonly isUsers: boolean;
  /** By start. */
  readonly shots: readonly Shot[];
}

export interface Charted {
  readonly paths: readonly ChartedPath[];
  /** Paths with samples that are not among them. */
  readonly leftOut: number;
}

/** The users' paths first, then those that findings cite; within each the worse first. */
export function chartedPaths({ verdict, recording }: TargetPage): Charted {
  if (recording === null) return { paths: [], leftOut: 0 };
  const cited = citedBy(verdict);
  const shots = shotsByPath(recording);
  const users = new Set(recording.plan.paths.filter(({ isUsers }) => isUsers).map(({ id }) => id));
  const ranked = verdict.paths
    .map((path) => {
      const own = shots.get(path.id) ?? [];
      const isUsers = users.has(path.id);
      const isCited = own.some(({ index }) => cited.has(index));
      const badness = STATES.indexOf(stateOf(path, recording.slowAfterMs));
      return { path, isUsers, shots: own, worth: (isCited ? 20 : 0) + (isUsers ? 10 : 0) + badness };
    })
    .filter((each) => each.shots.length > 0)
    .toSorted((a, b) => b.worth - a.worth);
  const chosen = ranked.slice(0, MOST_PATHS).toSorted((a, b) => Number(b.isUsers) - Number(a.isUsers));
  return {
    paths: chosen.map(({ path, isUsers, shots: own }) => ({ path, isUsers, shots: thinned(own) })),
    leftOut: ranked.length - chosen.length,
  };
}

function thinned(shots: readonly Shot[]): readonly Shot[] {
  const kept =
    shots.length <= MOST_SHOTS
      ? shots
      : shots.toSorted((a, b) => b.sample.totalMs - a.sample.totalMs).slice(0, MOST_SHOTS);
  return kept.toSorted((a, b) => a.sample.at - b.sample.at);
}

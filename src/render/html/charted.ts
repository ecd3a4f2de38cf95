/** Which paths are worth a chart: those that users feel, and those that the findings rest on. */
import type { Recording } from '../../model/recording.ts';
import type { PathSummary, Verdict } from '../../model/verdict.ts';
import { type Attempt, attemptsByPath, type TargetPage } from './report.ts';
import { STATES, healthOf } from './path-health.ts';

/** More rows than these are no overview any more; the tables have all. Experiments get at least what users' paths leave. */
const MOST_PATHS = 12;
const MOST_OF_USERS = 5;
/** Dots beyond these cover each other; the slowest are kept. */
const MOST_DOTS = 300;

export interface ChartedPath {
  readonly path: PathSummary;
  readonly userFacing: boolean;
  /** All that were begun. */
  readonly begun: number;
  /** By start; the slowest where there are very many. */
  readonly attempts: readonly Attempt[];
}

export interface Charted {
  readonly paths: readonly ChartedPath[];
  /** Paths with samples that are not among them. */
  readonly leftOut: number;
}

/** The users' paths, the most telling first; then those that findings cite, in the order in which they are cited. */
export function chartedPaths({ verdict, recording }: TargetPage): Charted {
  if (recording === null) return { paths: [], leftOut: 0 };
  const attempts = attemptsByPath(recording);
  const usersIds = new Set(recording.plan.paths.filter(({ userFacing }) => userFacing).map(({ id }) => id));
  const tried = verdict.paths.filter(({ id }) => attempts.has(id));
  const users = tried
    .filter(({ id }) => usersIds.has(id))
    .toSorted((a, b) => worth(b, recording.slowAfterMs) - worth(a, recording.slowAfterMs));
  const places = new Map(citedPaths(verdict, recording).map((id, place) => [id, place]));
  const cited = tried
    .filter(({ id }) => places.has(id) && !usersIds.has(id))
    .toSorted((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
  const room = Math.max(MOST_OF_USERS, MOST_PATHS - cited.length);
  const chosen = [...users.slice(0, room), ...cited].slice(0, MOST_PATHS);
  return {
    paths: chosen.map((path) => {
      const own = attempts.get(path.id) ?? [];
      return { path, userFacing: usersIds.has(path.id), begun: own.length, attempts: thinned(own) };
    }),
    leftOut: tried.length - chosen.length,
  };
}

/** Several modes tell most, since one of them is the normal; among equals the user's own machine. */
function worth(path: PathSummary, slowAfterMs: number): number {
  const badness = STATES.indexOf(healthOf(path, slowAfterMs));
  const isSplit = path.modes.length > 1 && badness > STATES.indexOf('good');
  return (isSplit ? 20 : 0) + badness * 2 + (path.from.kind === 'local' ? 1 : 0);
}

/** One path of each line of evidence before the second of any: what is bad stands beside what it is compared with. */
function citedPaths(verdict: Verdict, { samples }: Recording): string[] {
  const lines = verdict.findings.flatMap(({ evidence }) =>
    evidence.map((line) => [...new Set(line.samples.flatMap((index) => samples[index]?.path ?? []))]),
  );
  const longest = Math.max(0, ...lines.map((line) => line.length));
  const turns = Array.from({ length: longest }, (_, turn) => lines.flatMap((line) => line[turn] ?? []));
  return [...new Set(turns.flat())];
}

function thinned(attempts: readonly Attempt[]): readonly Attempt[] {
  const kept =
    attempts.length <= MOST_DOTS
      ? attempts
      : attempts.toSorted((a, b) => b.sample.totalMs - a.sample.totalMs).slice(0, MOST_DOTS);
  return kept.toSorted((a, b) => a.sample.at - b.sample.at);
}

/** Latency and loss of the attempts that stand for the user. Pure. */
import type { Evidence, PathEvidence } from '../judge/evidence/evidence.ts';
import { gatherEvidence } from '../judge/evidence/gather.ts';
import { proportion } from '../judge/evidence/intervals.ts';
import { setApart } from '../judge/engine/set-apart.ts';
import type { Recording } from '../model/recording.ts';
import type { Latency } from '../model/sweep.ts';
import { thousandths } from '../model/thousandths.ts';

/** The user's usable attempts of one target, of all its recordings together. */
export interface Felt {
  /** Milliseconds of those that were answered, in ascending order. */
  readonly answeredMs: readonly number[];
  readonly unanswered: number;
}

/** Paths that only this machine cannot take do not count, as nowhere in a verdict. */
export function feltOf(recordings: readonly Recording[]): Felt {
  const paths = recordings.flatMap((recording) => usersPaths(recording));
  const times = paths.flatMap(({ answered }) => answered.map(({ sample }) => sample.totalMs));
  return {
    answeredMs: times.toSorted((a, b) => a - b),
    unanswered: paths.reduce((sum, { unanswered }) => sum + unanswered.length, 0),
  };
}

function usersPaths(recording: Recording): readonly PathEvidence[] {
  return usersEvidence(recording).paths;
}

/** What was seen on the paths that stand for the user, and nothing else. */
export function usersEvidence(recording: Recording): Evidence {
  // Looking a name up is the user's doing as well, but a time of another kind; where it fails, the verdict says so.
  const paths = recording.plan.paths.filter(({ userFacing, to }) => userFacing && to.kind !== 'resolver');
  const wanted = new Set(paths.map(({ id }) => id));
  const samples = recording.samples.filter(({ path }) => wanted.has(path));
  const narrowed = { ...recording, plan: { ...recording.plan, paths }, samples };
  return setApart(gatherEvidence(narrowed)).evidence;
}

/** null: nothing was tried. */
export function latencyOf({ answeredMs, unanswered }: Felt): Latency | null {
  const attempts = answeredMs.length + unanswered;
  if (attempts === 0) return null;
  const { share, interval } = proportion(unanswered, attempts);
  const [p50Ms, p90Ms, p99Ms] = [50, 90, 99].map((percentile) => thousandths(percentileOf(answeredMs, percentile)));
  const isAnswered = p50Ms !== undefined && p90Ms !== undefined && p99Ms !== undefined && answeredMs.length > 0;
  return {
    attempts,
    percentiles: isAnswered ? { p50Ms, p90Ms, p99Ms } : null,
    lost: { share: thousandths(share), interval: [thousandths(interval[0]), thousandths(interval[1])] },
  };
}

/** Nearest rank: the smallest value that at least this percentage of all are not above; of few values, a high one is the largest. */
export function percentileOf(ascending: readonly number[], percentile: number): number {
  return ascending[Math.max(0, Math.ceil((percentile / 100) * ascending.length) - 1)] ?? 0;
}

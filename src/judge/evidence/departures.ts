/**
 * Pods that were told to stop while they were asked: from then on nobody need answer at their addresses, and what fails there is no evidence of
 * anything else.
 */
import type { Departure, Recording } from '../../model/recording.ts';
import type { Path } from '../../model/plan.ts';
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from './evidence.ts';

/** The API tells whole seconds, and clocks of nodes differ by some of them at most where anything works. Milliseconds. */
const CLOCKS_MS = 1500;

type Told = Pick<Recording, 'departures'>;

/** The one that this path's far end made; null: it is there. */
export function departureOf({ departures }: Told, { to }: Path): Departure | null {
  if (to.kind !== 'backend' || to.pod === null) return null;
  const { namespace, name } = to.pod;
  return departures?.find(({ pod }) => pod.namespace === namespace && pod.name === name) ?? null;
}

/** The attempts of a path that count: not those that failed since the pod at its end was told to stop. */
export function whileItStood(told: Told, path: Path, attempts: readonly Attempt[]): readonly Attempt[] {
  const departure = departureOf(told, path);
  if (departure === null) return attempts;
  const gone = new Set(failedSince(departure, attempts));
  return attempts.filter((attempt) => !gone.has(attempt));
}

/** Of a pod that had gone when it was looked for, since its last answer. */
function failedSince({ toldAt }: Departure, attempts: readonly Attempt[]): Attempt[] {
  const answers = attempts.flatMap(({ sample }) => (sample.outcome.kind === 'answered' ? [sample.at] : []));
  const since = toldAt === null ? Math.max(0, ...answers) : toldAt - CLOCKS_MS;
  return attempts.filter(({ sample }) => sample.outcome.kind !== 'answered' && sample.at >= since);
}

/** By path id: what failed since then, of paths where anything did. */
const abandonedAttempts = derived((evidence: Evidence): ReadonlyMap<string, readonly Attempt[]> => {
  const { recording, paths } = evidence;
  const ids = new Map(
    paths.flatMap(({ path }) => (departureOf(recording, path) === null ? [] : [[path.id, path] as const])),
  );
  if (ids.size === 0) return new Map();
  const all = Map.groupBy(
    recording.samples.map((sample, index): Attempt => ({ sample, index })).filter(({ sample }) => ids.has(sample.path)),
    ({ sample }) => sample.path,
  );
  return new Map(
    [...all].flatMap(([id, attempts]) => {
      const path = ids.get(id);
      const departure = path === undefined ? null : departureOf(recording, path);
      const failed = departure === null ? [] : failedSince(departure, attempts);
      return failed.length === 0 ? [] : [[id, failed] as const];
    }),
  );
});

export function abandonedOn(evidence: Evidence, { path }: PathEvidence): readonly Attempt[] {
  return abandonedAttempts(evidence).get(path.id) ?? [];
}

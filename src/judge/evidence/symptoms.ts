/** Attempts that the user would have noticed, on the paths that stand for the user (`path.userFacing`, decided by the plan). */
import type { Sample } from '../../../probes/wire.ts';
import { GATEWAY_ERRORS } from '../../model/gateway-errors.ts';
import type { Evidence, PathEvidence, Symptom } from './evidence.ts';
import { deadEnds } from './redirects.ts';
import { saysTooMany } from './request-limits.ts';

/** All symptoms, in the order of the recording. */
export function symptomsOf(
  paths: readonly PathEvidence[],
  differences: Evidence['differences'],
  slowAfterMs: number,
): readonly Symptom[] {
  const isDeadEnd = deadEnds(paths);
  return paths
    .filter(({ path }) => path.userFacing)
    .flatMap((path) => {
      const unanswered = new Set(path.unanswered);
      const timed = new Set(path.timed);
      const different = new Set(differences.get(path.path.id)?.attempts);
      return path.attempts.flatMap((attempt): Symptom[] => {
        const kind = unanswered.has(attempt)
          ? 'failed'
          : different.has(attempt)
            ? 'different'
            : isDeadEnd(path, attempt.sample)
              ? 'failed'
              : kindOf(attempt.sample, timed.has(attempt) ? slowAfterMs : Infinity);
        return kind === null ? [] : [{ path, attempt, kind }];
      });
    })
    .toSorted((a, b) => a.attempt.index - b.attempt.index);
}

/**
 * The kind of one answered attempt; null: nothing to notice. Any other 5xx is the application's own failure and counts as
 * `failed`: the user is not served, and calling that healthy would cost all trust; so does a redirect to where it was met, or to where nobody is. A 4xx is an answer where all siblings say so, unless it says that this one came too soon (429). A DNS
 * answer that is not NOERROR left the application without an address.
 */
function kindOf(sample: Sample, slowAfterMs: number): Symptom['kind'] | null {
  const status = sample.http?.status ?? 0;
  if (GATEWAY_ERRORS.has(status)) return 'gateway-error';
  if (status >= 500 || saysTooMany(sample) || sample.http?.leadsToItself === true) return 'failed';
  if (sample.dns !== null && sample.dns.rcode !== 'NOERROR') return 'failed';
  return sample.totalMs >= slowAfterMs ? 'slow' : null;
}

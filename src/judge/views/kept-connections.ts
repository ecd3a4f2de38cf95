/** Connections that were kept idle and used again, beside fresh ones to the same address, and what users may have felt of it. */
import type { Kept, Sample } from '../../../probes/wire.ts';
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isIdling } from '../../model/plan.ts';
import { sum } from '../../model/sum.ts';

export interface KeptPath {
  readonly path: PathEvidence;
  readonly attempt: Attempt;
  readonly end: Kept['end'];
}

/** One a path: an attempt whose first request was answered. */
export const keptPaths = derived((evidence: Evidence): readonly KeptPath[] =>
  evidence.paths
    .filter(({ path }) => isIdling(path))
    .flatMap((path): KeptPath[] => {
      const attempt = path.attempts.find(({ sample }) => sample.kept !== undefined);
      const end = attempt?.sample.kept?.end;
      return attempt === undefined || end === undefined ? [] : [{ path, attempt, end }];
    }),
);

export function idledMs({ attempt }: KeptPath): number {
  return attempt.sample.kept?.idledMs ?? 0;
}

/** It was not told that it is over, and its second request was not answered. What was closed in that very moment is a race, and no forgetting. */
export function isForgotten({ path, attempt, end }: KeptPath): boolean {
  const { kind } = attempt.sample.outcome;
  return (
    end === 'used' && path.unanswered.includes(attempt) && (kind === 'reset' || kind === 'silent' || kind === 'cut')
  );
}

/** The same vantage, the same address, one request a connection. */
export function freshBeside({ paths }: Evidence, { from, path: { to } }: PathEvidence): PathEvidence[] {
  return paths.filter((other) => {
    const far = other.path.to;
    const isSame = 'address' in far && 'address' in to && far.address === to.address && far.port === to.port;
    return (
      isSame &&
      other.from.id === from.id &&
      other.state !== 'unmeasured' &&
      !isIdling(other.path) &&
      other.path.probe.kind === 'http'
    );
  });
}

/** Each attempt was answered, and none by an error of the server's own. */
export function isServed({ state, answered }: PathEvidence): boolean {
  return state === 'open' && answered.every(({ sample }) => (sample.http?.status ?? 0) < 500);
}

/** One may be chance; the second is a pattern. */
const FEWEST_RACES = 2;
/** Of what these entries were asked, at most: a proxy takes the connection that served last, so most requests meet a live one. */
const MOST_RACES = 1 / 3;
/** Sooner than any connect timeout that could have made it, milliseconds. */
const AT_ONCE_MS = 1000;

/** Entries that answered 502 or reset at once now and then, and well otherwise. */
export function racedEntries({ symptoms, paths }: Evidence): PathEvidence[] {
  const raced = symptoms.filter(({ path, attempt }) => path.path.to.kind === 'entry' && hasReset(attempt.sample));
  if (raced.length < FEWEST_RACES) return [];
  const entries = new Set(raced.map(({ path }) => path));
  if (raced.length > MOST_RACES * sum([...entries].map(({ attempts }) => attempts.length))) return [];
  return paths.filter(
    (path) => entries.has(path) && path.answered.some(({ sample }) => (sample.http?.status ?? 0) < 500),
  );
}

/** What becomes of a request whose connection ends under it: a proxy answers 502 (RFC 9110, 15.6.3), without one it is reset. */
export function hasReset({ outcome, http, totalMs }: Sample): boolean {
  const isCut = outcome.kind === 'reset' && outcome.phase !== 'connect';
  return (isCut || http?.status === 502) && totalMs < AT_ONCE_MS;
}

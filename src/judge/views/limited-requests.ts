/** Requests that were refused for being too many, by whom, and whether kprobe's own are all that it takes. */
import { TOO_MANY_REQUESTS } from '../../model/limit-statuses.ts';
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { ofBothFamilies } from '../evidence/families.ts';
import { areOwnRefusals, emptiesInMs } from '../evidence/own-requests.ts';
import type { OwnRequest } from '../evidence/own-requests.ts';
import { declaredLimits, saysTooMany } from '../evidence/request-limits.ts';
import type { DeclaredLimit } from '../evidence/request-limits.ts';

export interface LimitedRequests {
  /** `application`: endpoints that are asked directly refuse as well. */
  readonly by: 'entry' | 'application';
  /** The limit of the route that was met; null: none that is declared. */
  readonly limit: DeclaredLimit | null;
  readonly status: number;
  readonly paths: readonly PathEvidence[];
  readonly refused: ReadonlySet<Attempt>;
  /** Of these paths: all that was answered. */
  readonly answered: number;
  /**
   * `kprobe`: its own requests account for every refusal, and would have been refused nowhere else. `others`: they do not, by far. `unknown`: no
   * limit is declared that could be reckoned with, and kprobe had asked before; or an earlier run of it may have used up the limit.
   */
  readonly usedBy: 'kprobe' | 'others' | 'unknown';
}

/** null: nothing was refused. */
export const limitedRequests = derived((evidence: Evidence): LimitedRequests | null => {
  const asked = ofBothFamilies(evidence).filter(
    ({ path, state }) => path.probe.kind === 'http' && state !== 'unmeasured',
  );
  const direct = asked.filter(({ path: { to } }) => to.kind !== 'entry');
  if (direct.some(({ answered }) => answered.some(({ sample }) => saysTooMany(sample)))) {
    const limited = refusedWith(asked, saysTooMany);
    return {
      ...limited,
      by: 'application',
      limit: null,
      status: TOO_MANY_REQUESTS,
      usedBy: userOf(null, direct, limited.refused),
    };
  }
  const entries = asked.filter(({ path: { to } }) => to.kind === 'entry');
  const limits = declaredLimits(evidence);
  // What the application itself says is not the limit's.
  const isLimits = (status: number) =>
    !direct.some(({ answered }) => answered.some((each) => statusOf(each) === status));
  const met = limits
    .filter(({ status }) => isLimits(status))
    .map((limit) => ({
      limit,
      ...refusedWith(entries, ({ http }) => http?.status === limit.status, evidence.slowAfterMs),
    }))
    .filter(({ refused }) => refused.size > 0)
    .map((each) => ({ ...each, usedBy: userOf(each.limit, entries, each.refused) }));
  // Of several with one status, the one that kprobe's own requests fit.
  const [first] = [...met.filter(({ usedBy }) => usedBy === 'kprobe'), ...met];
  if (first !== undefined) return { ...first, by: 'entry', status: first.limit.status };
  const limited = refusedWith(entries, saysTooMany);
  if (limited.refused.size === 0) return null;
  return {
    ...limited,
    by: 'entry',
    limit: null,
    status: TOO_MANY_REQUESTS,
    usedBy: userOf(null, entries, limited.refused),
  };
});

function refusedWith(
  all: readonly PathEvidence[],
  isRefusal: (sample: Attempt['sample']) => boolean,
  beforeMs = Infinity,
): Pick<LimitedRequests, 'paths' | 'refused' | 'answered'> {
  const isRefused = ({ sample }: Attempt) => isRefusal(sample) && sample.totalMs < beforeMs;
  const paths = all.filter(({ answered }) => answered.some(isRefused));
  const answered = paths.flatMap((path) => path.answered);
  return { paths, refused: new Set(answered.filter(isRefused)), answered: answered.length };
}

function userOf(
  limit: DeclaredLimit | null,
  paths: readonly PathEvidence[],
  refused: ReadonlySet<Attempt>,
): LimitedRequests['usedBy'] {
  const requests = paths.flatMap((path) => path.answered.map((attempt) => requestOf(path, attempt, refused)));
  if (limit !== null && areOwnRefusals(limit, requests)) return 'kprobe';
  if (limit !== null) return mayBeOfEarlierRun(limit, requests) ? 'unknown' : 'others';
  const [first] = requests.toSorted((a, b) => a.at - b.at);
  return first?.isRefused === true ? 'others' : 'unknown';
}

/** No run comes sooner after another. */
const BETWEEN_RUNS_MS = 20_000;

function mayBeOfEarlierRun(limit: DeclaredLimit, requests: readonly OwnRequest[]): boolean {
  return emptiesInMs(limit) > BETWEEN_RUNS_MS && areOwnRefusals(limit, requests, 'an-earlier-run');
}

function requestOf({ path, from }: PathEvidence, attempt: Attempt, refused: ReadonlySet<Attempt>): OwnRequest {
  const { at, totalMs } = attempt.sample;
  const to = 'address' in path.to ? path.to.address : '';
  return { at, endedAt: at + totalMs, from: from.id, to, isRefused: refused.has(attempt) };
}

function statusOf({ sample }: Attempt): number {
  return sample.http?.status ?? 0;
}

/** Ways straight to endpoints, without the proxy. */
export function straightWays({ paths }: Evidence): PathEvidence[] {
  return paths.filter(
    ({ path, state }) => path.to.kind === 'backend' && path.probe.kind === 'http' && state !== 'unmeasured',
  );
}

export function isWellAnswered({ answered, unanswered }: PathEvidence): boolean {
  return (
    answered.length > 0 &&
    unanswered.length === 0 &&
    answered.every(({ sample }) => !isErrorAnswer(sample) && !saysTooMany(sample))
  );
}

/** Ways to the same entries from other addresses, of which nothing was refused. */
export function unlimitedBeside({ paths }: Evidence, limited: LimitedRequests): PathEvidence[] {
  const to = new Set(limited.paths.map(({ path }) => ('address' in path.to ? path.to.address : '')));
  const from = new Set(limited.paths.map((path) => path.from.id));
  return paths.filter(
    (path) =>
      path.path.to.kind === 'entry' &&
      to.has(path.path.to.address) &&
      !from.has(path.from.id) &&
      path.answered.length >= FEWEST &&
      isWellAnswered(path),
  );
}
/** A limit that all share would have refused one of so many. */
const FEWEST = 3;

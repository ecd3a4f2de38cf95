/** Requests with which a run began, and that took long or failed, where none that came later did. */
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isIdling } from '../../model/plan.ts';

export interface Asked {
  readonly path: PathEvidence;
  readonly attempt: Attempt;
}

export interface FirstRequests {
  /** In the order in which they began. */
  readonly bad: readonly [Asked, ...Asked[]];
  /** What began when all of those were over that are over at all, and after the last of them: all of it answered well and in time. */
  readonly later: readonly Asked[];
}

/** So many good ones after them are no coincidence, over a time in which each vantage has asked again. Milliseconds. */
const FEWEST_LATER = 10;
const LATER_MS = 1000;
/** So many at one place that began so far apart and ended within this part of that waited for one moment: a slow answer takes as long for each. Milliseconds. */
const FEWEST_WAITING = 3;
const APART_MS = 1000;
const AT_ONCE = 0.25;
/** Less than this factor above what counts as slow is a busy moment (engine/unclaimed.ts). */
const FACTOR = 2;
/** Where tasks waited for a CPU in such a part of all of them, the longest must be this factor above it; less where all waited for one moment. */
const BUSY_SHARE = 0.3;
const BUSY_FACTOR = 6;
const BUSY_TOGETHER_FACTOR = 4;
/** And what was asked of others at that time was answered sooner by this factor, nearly all of it. */
const CONTRAST = 5;
const NEARLY_ALL = 0.9;
/** All of them begin while the first is waited for, or so soon after it. Milliseconds. */
const TOGETHER_MS = 2000;

/** null: there are none, or others are bad as well. */
export const firstRequests = derived((evidence: Evidence): FirstRequests | null => {
  const all = requestsOf(evidence);
  const [first, ...more] = all.filter((each) => isBad(evidence, each));
  if (first === undefined) return null;
  const last = more.at(-1) ?? first;
  const overAt = Math.max(last.attempt.sample.at, ...[first, ...more].filter(isAnswered).map(endOf));
  const later = all.filter(({ attempt }) => attempt.sample.at > overAt);
  const [began, latest] = [first.attempt.sample.at, later.at(-1)?.attempt.sample.at ?? 0];
  const longest = Math.max(...[first, ...more].map(({ attempt }) => attempt.sample.totalMs));
  const isBegin = isFirstAtItsPlace(first, all) && last.attempt.sample.at <= began + Math.max(TOGETHER_MS, longest);
  const isEnough = later.length >= FEWEST_LATER && latest - overAt >= LATER_MS;
  const isTogether = isForOneMoment(
    all.filter(({ attempt: { sample } }) => sample.at <= overAt && sample.totalMs >= FACTOR * evidence.slowAfterMs),
  );
  if (!isBegin || !(isEnough || isTogether) || !later.every((each) => isGood(evidence, each))) return null;
  const bad = [first, ...more] as const;
  if (!bad.every((each) => (isTogether && isAnswered(each)) || isGoodLater(each, later))) return null;
  const isOfCpu =
    bad.every(isBusy) &&
    (longest < CONTRAST * besideMs(evidence, began, overAt) ||
      longest < (isTogether ? BUSY_TOGETHER_FACTOR : BUSY_FACTOR) * evidence.slowAfterMs);
  return isOfCpu ? null : { bad, later };
});

/** Requests to the target by whatever way, each on a connection of its own, in the order in which they began. */
function requestsOf({ paths }: Evidence): Asked[] {
  return paths
    .filter(({ path, to }) => path.probe.kind === 'http' && to === null && !isIdling(path))
    .flatMap((path) => path.attempts.map((attempt) => ({ path, attempt })))
    .toSorted((a, b) => a.attempt.sample.at - b.attempt.sample.at);
}

function isBusy({ attempt: { sample } }: Asked): boolean {
  return sample.outcome.kind === 'answered' && (sample.cpuPressure ?? 0) >= BUSY_SHARE;
}

/** How long nearly all took that began in this time and was asked of kprobe's own pods or of DNS; nothing was that quick where there is none. */
function besideMs({ paths }: Evidence, from: number, until: number): number {
  const times = paths
    .filter(({ to, path }) => to !== null || path.to.kind === 'dns-server')
    .flatMap(({ attempts }) => attempts)
    .flatMap(({ sample: { at, totalMs } }) => (at >= from && at <= until ? [totalMs] : []))
    .toSorted((a, b) => a - b);
  return times[Math.floor(NEARLY_ALL * times.length)] ?? Infinity;
}

/** The time passed behind a connection that stood at once, and longer than a busy CPU makes it; or nothing good came over that connection. */
function isBad({ slowAfterMs }: Evidence, { path, attempt }: Asked): boolean {
  const { outcome, phases, http, totalMs, synRetransmissions, dataRetransmissions } = attempt.sample;
  const isAtOnce = (phases.connect ?? slowAfterMs) < slowAfterMs && (phases.tls ?? 0) < slowAfterMs;
  if (!isAtOnce || synRetransmissions > 0 || dataRetransmissions > 0) return false;
  if (path.unanswered.includes(attempt)) return outcome.kind !== 'answered' && outcome.phase !== 'connect';
  if ((http?.status ?? 0) >= 500) return true;
  return path.timed.includes(attempt) && totalMs >= FACTOR * slowAfterMs;
}

function isGood({ slowAfterMs, differences }: Evidence, { path, attempt }: Asked): boolean {
  const { http, totalMs } = attempt.sample;
  const isAlike = differences.get(path.path.id)?.attempts.includes(attempt) !== true;
  return path.answered.includes(attempt) && isAlike && (http?.status ?? 0) < 500 && totalMs < slowAfterMs;
}

/** An answer was late, and one at the same place came in time; of what was not answered, one on the very same path. */
function isGoodLater(bad: Asked, later: readonly Asked[]): boolean {
  return later.some(({ path }) =>
    isAnswered(bad) ? placeOf(path) === placeOf(bad.path) : path.path.id === bad.path.path.id,
  );
}

/** Long ones at a pod, whoever's time it was that made them long: at each that was asked over time enough to tell. */
function isForOneMoment(long: readonly Asked[]): boolean {
  const waited = long.filter((each) => isAnswered(each) && each.path.path.to.kind === 'backend');
  const places = [...Map.groupBy(waited, ({ path }) => placeOf(path)).values()].filter(
    (asked) => asked.length >= FEWEST_WAITING && apartMs(asked) >= APART_MS,
  );
  return places.length > 0 && places.every((asked) => spread(asked.map(endOf)) <= AT_ONCE * apartMs(asked));
}

function apartMs(asked: readonly Asked[]): number {
  return spread(asked.map(({ attempt }) => attempt.sample.at));
}

function spread(instants: readonly number[]): number {
  return Math.max(...instants) - Math.min(...instants);
}

function isAnswered({ path, attempt }: Asked): boolean {
  return path.answered.includes(attempt);
}

function endOf({ attempt: { sample } }: Asked): number {
  return sample.at + sample.totalMs;
}

/** Nobody had been answered there before: what came before it was waiting as well. */
function isFirstAtItsPlace({ path, attempt }: Asked, all: readonly Asked[]): boolean {
  const place = placeOf(path);
  return !all.some((other) => placeOf(other.path) === place && endOf(other) < attempt.sample.at);
}

function placeOf({ path: { to } }: PathEvidence): string {
  return 'address' in to ? `${to.address} ${'port' in to ? to.port : ''}` : '';
}

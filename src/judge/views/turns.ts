/** How many requests the application serves at once, by when its answers came. */
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { median } from '../evidence/median.ts';
import { backendViews } from './backends.ts';

/** Of one request's time: two answers that come closer to each other were not made one after the other. */
const WINDOW = 0.9;
/** The same of five. */
const LONG_WINDOW = 4.5;

/** So few answers tell no order. */
const FEWEST = 6;
/** Of one endpoint: more at a time are a pool, and who fills it is not kprobe. */
const MOST_EACH = 4;
/** So many times as many ask as are served at a time, */
const CROWD = 2;
/** and so many times as long as alone do they take. */
const LONGER = 2;
/** Who takes turns is busy as long as anybody waits; what waits for a timer of somebody else's is not. */
const BUSY = 0.5;

export interface Turns {
  /** How long the quickest answer took, with nobody before it; milliseconds. */
  readonly aloneMs: number;
  /** Typical time of those that were answered, milliseconds. */
  readonly typicalMs: number;
  /** The most answers that came within the time of one: by this it is told whether they take turns. */
  readonly most: number;
  /** How many are served at a time, by the most answers within the time of several: one that comes late is not taken for two at once. */
  readonly atATime: number;
  readonly endpoints: number;
  /** Requests that were with the application or waited for it, on average. */
  readonly waiting: number;
  /** Share of the time, 0 to 1, that all requests take up one after the other, `most` at a time. */
  readonly busy: number;
  /** Those that were answered. */
  readonly answers: readonly Attempt[];
  readonly paths: readonly PathEvidence[];
}

/** null: requests do not wait for each other, or too few were answered to tell. */
export const queueOf = derived((evidence: Evidence): Turns | null => {
  const turns = turnsOf(evidence);
  return turns !== null && isQueue(turns) ? turns : null;
});

function isQueue({ aloneMs, typicalMs, most, endpoints, waiting, busy, answers }: Turns): boolean {
  return (
    answers.length >= FEWEST &&
    most <= MOST_EACH * endpoints &&
    waiting >= CROWD * most &&
    typicalMs >= LONGER * aloneMs &&
    busy >= BUSY
  );
}

/** Of all requests that reached the endpoints of the target, by whichever way; null where none was answered. */
function turnsOf(evidence: Evidence): Turns | null {
  const endpoints = backendViews(evidence).length;
  const paths = evidence.paths.filter(
    (each) => isToTarget(each) && each.path.probe.kind === 'http' && each.path.probe.idleMs === undefined,
  );
  const reached = paths.flatMap(({ attempts }) => attempts).filter(({ sample }) => 'first-byte' in sample.phases);
  const answers = reached
    .filter(({ sample }) => sample.outcome.kind === 'answered' && !isErrorAnswer(sample))
    .toSorted((a, b) => endOf(a) - endOf(b));
  const [first] = answers;
  const last = answers.at(-1);
  if (first === undefined || last === undefined || endpoints === 0) return null;
  const aloneMs = Math.min(...answers.map(({ sample }) => sample.totalMs));
  const began = Math.min(...reached.map(({ sample }) => sample.at));
  const spanMs = Math.max(1, Math.max(...reached.map(endOf)) - began);
  const most = mostWithin(answers.map(endOf), WINDOW * aloneMs);
  return {
    aloneMs,
    typicalMs: median(answers.map(({ sample }) => sample.totalMs)) ?? aloneMs,
    most,
    atATime: Math.max(1, Math.round(mostWithin(answers.map(endOf), LONG_WINDOW * aloneMs) / LONG_WINDOW)),
    endpoints,
    waiting: reached.reduce((sum, { sample }) => sum + sample.totalMs, 0) / spanMs,
    busy: Math.min(1, (reached.length * aloneMs) / (most * spanMs)),
    answers,
    paths,
  };
}

/** By whichever way. */
export function isToTarget({ path: { to } }: PathEvidence): boolean {
  return to.kind === 'backend' || to.kind === 'service' || to.kind === 'entry';
}

function endOf({ sample: { at, totalMs } }: Attempt): number {
  return at + totalMs;
}

/** Of these moments, in their order, the most that lie within so long a time. */
function mostWithin(moments: readonly number[], windowMs: number): number {
  let [from, most] = [0, 0];
  for (const [index, moment] of moments.entries()) {
    while (moment - (moments[from] ?? moment) > windowMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

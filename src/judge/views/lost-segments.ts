/** Connections that lost a segment with data: by the kernel's own count of this side, and by times on its schedule where the other side repeats. */
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence, Attempt } from '../evidence/evidence.ts';
import { isWithin } from '../evidence/window.ts';
import { lossyPaths } from './lossy-paths.ts';

/**
 * When the k-th repetition of a segment leaves, milliseconds after the first: tcp_rto_min 200 ms, doubled each time (ip-sysctl.rst,
 * tcp_rto_min_us). A tail loss probe goes before where the sender makes one (measured 0.208, 0.417, 0.840, 1.664, 3.350, 6.861 s for a request),
 * and there is none where it has closed its side already (measured 0.21, 0.63, 1.47, 3.10, 6.50 s for a server that answers and closes).
 */
const SCHEDULES_MS = [
  [200, 400, 800, 1600, 3200, 6400],
  [200, 600, 1400, 3000, 6200],
] as const;
type Steps = (typeof SCHEDULES_MS)[number];
/** A connection loses a segment now and then anywhere; the third among a few hundred is a pattern. */
const FEWEST = 3;
/** Of a great many connections a few always lose a segment somewhere; of those to one far end far fewer than this. */
const RARE_SHARE = 0.005;
const OFTEN_SHARE = 0.03;
/** Of one far end: once is chance. */
const AGAIN = 2;
/** Times alone are a weaker word than a counter: so many, not all of one step, and hardly any late answer beside them. */
const FEWEST_BY_TIME = 5;
const NEARLY_ALL = 0.8;
/** The first step, less the rounding of clocks, milliseconds. */
const EARLIEST_MS = 190;
/** Answers below this are no step of the schedule, and not late for another reason either, milliseconds. */
const LATE_MS = 100;

export interface Loss {
  /** Who had to repeat: this side what it sent, or the far end what it answered. */
  readonly of: 'requests' | 'answers';
  readonly paths: readonly PathEvidence[];
  /** The attempts that show it. */
  readonly attempts: readonly Attempt[];
  readonly tried: number;
}

/** null where neither is lost often enough to be told. What was counted goes before what times suggest. */
export const lossOfSegments = derived(
  (evidence: Evidence): Loss | null => countedLoss(evidence) ?? holedLoss(evidence) ?? timedLoss(evidence),
);

function countedLoss(evidence: Evidence): Loss | null {
  const hits = (path: PathEvidence) => path.answered.filter(isRepeated);
  const all = connects(evidence);
  const paths = all.filter((path) => hits(path).length > 0);
  const found = paths.flatMap(hits).length;
  if (found < FEWEST) return null;
  // Far ends that lost one segment beside such as lose them again and again share no fault with them.
  const often = byFarEnd(all).filter((own) => {
    const count = own.flatMap(hits).length;
    return count >= AGAIN && count >= OFTEN_SHARE * triesOf(own);
  });
  const at = often.flat().filter((path) => hits(path).length > 0);
  if (at.flatMap(hits).length >= FEWEST) return lossOf('requests', at, hits);
  return found >= RARE_SHARE * triesOf(all) ? lossOf('requests', paths, hits) : null;
}

function triesOf(paths: readonly PathEvidence[]): number {
  return paths.reduce((sum, { attempts }) => sum + attempts.length, 0);
}

/** What was repeated within a round trip cost nothing, and a row of another connection may have been taken for it. */
function isRepeated(attempt: Attempt): boolean {
  return attempt.sample.dataRetransmissions > 0 && establishedMs(attempt) >= EARLIEST_MS;
}

/**
 * Late answers of which segments came before others that should have been first (TcpExt.TCPOFOQueue): what lay between had been lost. The counter is
 * the whole namespace's, so nearly all late answers of a far end must show it, and others of it must be in time.
 */
function holedLoss(evidence: Evidence): Loss | null {
  const holed = (path: PathEvidence) => lateOf(path).filter(hasHole);
  const paths = byFarEnd(direct(evidence))
    .filter((own) => {
      const count = own.flatMap(holed).length;
      const prompt = own.filter(({ timed }) => timed.some((attempt) => establishedMs(attempt) < LATE_MS));
      return count >= AGAIN && count >= NEARLY_ALL * own.flatMap(lateOf).length && prompt.length > 0;
    })
    .flat()
    .filter((path) => holed(path).length > 0);
  const loss = lossOf('answers', paths, holed);
  return loss.attempts.length >= FEWEST ? loss : null;
}

function hasHole({ sample }: Attempt): boolean {
  return (sample.counters['TcpExt.TCPOFOQueue'] ?? 0) > 0;
}

function lateOf({ timed }: PathEvidence): Attempt[] {
  return timed.filter((attempt) => establishedMs(attempt) >= EARLIEST_MS);
}

/** Only straight to who answers: a proxy on the way has timers of its own. */
function direct(evidence: Evidence): PathEvidence[] {
  return connects(evidence).filter(({ path: { to } }) => to.kind === 'backend' || to.kind === 'agent');
}

function timedLoss(evidence: Evidence): Loss | null {
  // Of a hundred thousand times some lie on any schedule.
  if (evidence.target.kind === 'nodes') return null;
  const ends = byFarEnd(direct(evidence));
  return SCHEDULES_MS.map((steps) => onSchedule(ends, steps)).find((loss) => loss !== null) ?? null;
}

/** Far ends of which nearly all late answers came at a step, more than once. */
function onSchedule(ends: readonly (readonly PathEvidence[])[], steps: Steps): Loss | null {
  const hits = (path: PathEvidence) => path.timed.filter((attempt) => stepOf(path, attempt, steps) !== null);
  const late = ({ timed }: PathEvidence) => timed.filter((attempt) => establishedMs(attempt) >= LATE_MS);
  const paths = ends
    .filter((own) => {
      const count = own.flatMap(hits).length;
      return count >= AGAIN && count >= OFTEN_SHARE * triesOf(own) && count >= NEARLY_ALL * own.flatMap(late).length;
    })
    .flat()
    .filter((path) => hits(path).length > 0);
  const seen = new Set(paths.flatMap((path) => hits(path).map((attempt) => stepOf(path, attempt, steps))));
  const loss = lossOf('answers', paths, hits);
  return loss.attempts.length >= FEWEST_BY_TIME && seen.size > 1 ? loss : null;
}

/** The step of the schedule at which it was answered; null: before the first one, or between two. */
function stepOf(path: PathEvidence, attempt: Attempt, steps: Steps): number | null {
  const { sample } = attempt;
  if (sample.dataRetransmissions > 0 || sample.synRetransmissions > 0) return null;
  // An application that never answers sooner has a time of its own.
  if (Math.min(...path.timed.map(establishedMs)) >= LATE_MS) return null;
  return steps.find((step) => isWithin(establishedMs(attempt), step)) ?? null;
}

function connects({ paths }: Evidence): PathEvidence[] {
  return paths.filter(({ path: { probe }, from }) => {
    const isTcp = probe.kind === 'tcp' || probe.kind === 'http';
    return isTcp && from.kind !== 'local';
  });
}

function byFarEnd(paths: readonly PathEvidence[]): PathEvidence[][] {
  return [...Map.groupBy(paths, endOf).values()];
}

function lossOf(
  of: Loss['of'],
  paths: readonly PathEvidence[],
  hits: (path: PathEvidence) => readonly Attempt[],
): Loss {
  const tried = paths.reduce((sum, { answered }) => sum + answered.length, 0);
  return { of, paths, attempts: paths.flatMap(hits), tried };
}

/** From the connect to the end, milliseconds. */
function establishedMs({ sample: { totalMs, phases } }: Attempt): number {
  return totalMs - (phases.connect ?? 0) - (phases.dns ?? 0);
}

/** Whether a proxy that met such a loss on its own way would answer so late: by one step, or by one in each direction. */
export function isOnDataSchedule(ms: number): boolean {
  return SCHEDULES_MS.some((steps) => [0, 200, 400].some((also) => steps.some((step) => isWithin(ms, step + also))));
}

/** Paths to the same far ends that lose SYNs as well: one loss, whatever the segment carries. */
export function sharedWithSyn(evidence: Evidence, { paths }: Loss): PathEvidence[] {
  const ends = new Set(paths.map(endOf));
  return lossyPaths(evidence).filter((path) => ends.has(endOf(path)));
}

function endOf({ path: { to } }: PathEvidence): string {
  return to.kind === 'agent' ? to.agent : 'address' in to ? to.address : to.name;
}

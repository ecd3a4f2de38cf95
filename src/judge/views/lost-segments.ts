/** Connections that lost a segment with data: by the kernel's own count of this side, and by times on its schedule where the other side repeats. */
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence, Attempt } from '../evidence/evidence.ts';
import { isWithin } from '../evidence/window.ts';
import { lossyPaths } from './lossy-paths.ts';

/** tcp_rto_min 200 ms, doubled (ip-sysctl.rst, tcp_rto_min_us; measured 0.208, 0.417, 0.840, 1.664, 3.350, 6.861 s). */
const STEPS_MS = [200, 400, 800, 1600, 3200, 6400];
/** A connection loses a segment now and then anywhere; the third among a few hundred is a pattern. */
const FEWEST = 3;
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
  (evidence: Evidence): Loss | null => countedLoss(evidence) ?? timedLoss(evidence),
);

function countedLoss(evidence: Evidence): Loss | null {
  const loss = gather(evidence, 'requests', ({ answered }) => answered.filter(isRepeated));
  return loss.attempts.length >= FEWEST ? gathered(loss) : null;
}

/** What was repeated within a round trip cost nothing, and a row of another connection may have been taken for it. */
function isRepeated(attempt: Attempt): boolean {
  return attempt.sample.dataRetransmissions > 0 && establishedMs(attempt) >= EARLIEST_MS;
}

/** Far ends that lost one segment beside such as lose them again and again share no fault with them. */
function gathered(loss: Loss): Loss {
  const hits = (path: PathEvidence) => path.answered.filter(isRepeated);
  const often = [...Map.groupBy(loss.paths, endOf).values()].filter((paths) => paths.flatMap(hits).length > 1).flat();
  if (often.length === 0) return loss;
  const tried = often.reduce((sum, { answered }) => sum + answered.length, 0);
  return { ...loss, paths: often, attempts: often.flatMap(hits), tried };
}

/** Only straight to who answers: a proxy on the way has timers of its own. */
function timedLoss(evidence: Evidence): Loss | null {
  const isDirect = ({ path: { to } }: PathEvidence) => to.kind === 'backend' || to.kind === 'agent';
  const loss = gather(evidence, 'answers', (path) =>
    isDirect(path) ? path.timed.filter((attempt) => stepOf(path, attempt) !== null) : [],
  );
  const steps = new Set(loss.paths.flatMap((path) => loss.attempts.map((attempt) => stepOf(path, attempt))));
  const late = loss.paths.flatMap(({ timed }) => timed.filter((attempt) => establishedMs(attempt) >= LATE_MS));
  const isPattern = loss.attempts.length >= FEWEST_BY_TIME && steps.size > 1;
  return isPattern && loss.attempts.length >= NEARLY_ALL * late.length ? loss : null;
}

function gather(evidence: Evidence, of: Loss['of'], hit: (path: PathEvidence) => readonly Attempt[]): Loss {
  const asked = evidence.paths.filter(({ path: { probe }, from }) => {
    const isTcp = probe.kind === 'tcp' || probe.kind === 'http';
    return isTcp && from.kind !== 'local';
  });
  const paths = asked.filter((path) => hit(path).length > 0);
  const attempts = paths.flatMap((path) => hit(path));
  return { of, paths, attempts, tried: paths.reduce((sum, { answered }) => sum + answered.length, 0) };
}

/** The step of the schedule at which it was answered; null: before the first one, or between two. */
function stepOf(path: PathEvidence, attempt: Attempt): number | null {
  const { sample } = attempt;
  if (sample.dataRetransmissions > 0 || sample.synRetransmissions > 0) return null;
  const quickest = Math.min(...path.timed.map(establishedMs));
  // An application that never answers sooner has a time of its own.
  if (quickest >= LATE_MS) return null;
  return STEPS_MS.find((step) => isWithin(establishedMs(attempt), step)) ?? null;
}

/** From the connect to the end, milliseconds. */
function establishedMs({ sample: { totalMs, phases } }: Attempt): number {
  return totalMs - (phases.connect ?? 0) - (phases.dns ?? 0);
}

/** Whether a proxy that met such a loss on its own way would answer so late: by one step, or by one in each direction. */
export function isOnDataSchedule(ms: number): boolean {
  return [0, ...STEPS_MS.slice(0, 2)].some((also) => STEPS_MS.some((step) => isWithin(ms, step + also)));
}

/** Paths to the same far ends that lose SYNs as well: one loss, whatever the segment carries. */
export function sharedWithSyn(evidence: Evidence, { paths }: Loss): PathEvidence[] {
  const ends = new Set(paths.map(endOf));
  return lossyPaths(evidence).filter((path) => ends.has(endOf(path)));
}

function endOf({ path: { to } }: PathEvidence): string {
  return to.kind === 'agent' ? to.agent : 'address' in to ? to.address : to.name;
}

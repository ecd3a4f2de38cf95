/** First everybody, then those who did not look healthy: what becomes of each target. */
import type { Limitation } from '../model/cluster.ts';
import type { Candidate } from './candidates.ts';
import { firstLook, isTimeFor, secondLook, type Look, type LookOptions, type Seen } from './looks.ts';
import { type Outcome, targetReport } from './target-report.ts';

export interface Looked {
  /** By the target's key. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** The most pods at one time. */
  readonly pods: number;
  readonly attempts: number;
  readonly notes: readonly Limitation[];
}

export interface Twice extends Omit<LookOptions, 'leftMs'> {
  /** What is left of the sweep's time by now. */
  readonly leftMs: () => number;
}

const NOTHING: Look = { seen: [], pods: 0, attempts: 0, notes: [] };

export async function lookTwice(options: Twice): Promise<Looked> {
  const { candidates, run, limits, leftMs } = options;
  const reportProgress = (what: string, of: number) =>
    options.reportProgress({ kind: 'stage', stage: 'plan', says: `${what} at ${of} of ${candidates.length} targets` });
  if (candidates.length > 0) reportProgress('a first look', candidates.length);
  const first = candidates.length > 0 ? await firstLook({ ...options, run: `${run}a`, leftMs: leftMs() }) : NOTHING;
  const outcomes = new Map(candidates.map(({ asked }, at) => [asked.key, outcomeOf(first.seen[at] ?? null, null)]));
  const doubtful = candidates.filter((each) => isDoubtful(each, outcomes.get(each.asked.key)));
  for (const { asked } of candidates.filter((each) => !doubtful.includes(each))) {
    options.reportProgress({ kind: 'target', key: asked.key, status: 'healthy', says: 'healthy' });
  }
  const isDue = doubtful.length > 0 && !limits.measuring.aborted && isTimeFor(leftMs());
  if (isDue) reportProgress('a closer look', doubtful.length);
  const second = isDue
    ? await secondLook({ ...options, candidates: doubtful, run: `${run}b`, leftMs: leftMs() })
    : NOTHING;
  doubtful.forEach(({ asked }, at) => {
    const firstSeen = first.seen[candidates.findIndex((each) => each.asked === asked)] ?? null;
    outcomes.set(asked.key, outcomeOf(firstSeen, { seen: second.seen[at] ?? null }));
  });
  return {
    outcomes,
    pods: Math.max(first.pods, second.pods),
    attempts: first.attempts + second.attempts,
    notes: [...new Map([...first.notes, ...second.notes].map((note) => [note.what, note])).values()],
  };
}

/** `second`: null where none was due. */
function outcomeOf(first: Seen, second: { readonly seen: Seen } | null): Outcome {
  if (first === null) return { kind: 'unmeasured', because: 'there was no time for it' };
  const last = second?.seen ?? first;
  if (last.recording.samples.length === 0 && first.recording.samples.length === 0) {
    const [limitation] = last.verdict.notMeasured;
    return {
      kind: 'unmeasured',
      because: limitation === undefined ? 'nothing was measured' : `${limitation.what}: ${limitation.because}`,
    };
  }
  // A second look that saw nothing, for its pods did not start or the user had enough, takes nothing away from the first.
  const isSeen = second !== null && second.seen !== null && second.seen.recording.samples.length > 0;
  return {
    kind: 'measured',
    ...(isSeen ? last : first),
    firstLook: isSeen ? first.recording : null,
    isUnfinished: second !== null && !isSeen,
  };
}

function isDoubtful({ asked }: Candidate, outcome: Outcome | undefined): boolean {
  if (outcome === undefined || outcome.kind === 'unmeasured') return false;
  const { state, expectations } = targetReport(asked, outcome);
  return state !== 'healthy' || expectations.some(({ met }) => met !== true);
}

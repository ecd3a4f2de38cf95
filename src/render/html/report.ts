/** What a page shows of one target, and how its parts find their samples. */
import type { Sample } from '../../../probes/wire.ts';
import { duration } from '../../model/format.ts';
import type { Recording } from '../../model/recording.ts';
import type { PathSummary, Verdict } from '../../model/verdict.ts';

/** A page with more rows of samples becomes slow to open and to search. */
export const MOST_ROWS = 1000;

/** One diagnosis as a page sees it. */
export interface TargetPage {
  readonly verdict: Verdict;
  /** null: only the verdict is known, so there are no charts and no samples. */
  readonly recording: Recording | null;
  /** The command that measures again; null: made of the verdict's target. */
  readonly again: string | null;
  /** Begins every id of this target's parts; empty where the page has one target. */
  readonly prefix: string;
  /** The heading level of its parts. */
  readonly level: 2 | 3;
  /** Samples listed at most; half as many paths. */
  readonly rows: number;
}

/** A sample with its place in the recording, by which evidence cites it. */
export interface Attempt {
  readonly index: number;
  readonly sample: Sample;
}

/** The samples of each path, in the order in which they were told. */
export function attemptsByPath(recording: Recording): ReadonlyMap<string, readonly Attempt[]> {
  const attempts = new Map<string, Attempt[]>();
  recording.samples.forEach((sample, index) => {
    const known = attempts.get(sample.path);
    if (known === undefined) attempts.set(sample.path, [{ index, sample }]);
    else known.push({ index, sample });
  });
  return attempts;
}

/**
 * When the run began, by the clock that the samples carry, in Unix milliseconds: an agent's clock may be another than the controller's,
 * and where no sample fits the controller's, the first attempt is the start.
 */
export function runStart({ startedAt, tookMs, samples }: Recording): number {
  const told = Date.parse(startedAt);
  const isNear = ({ at }: Sample): boolean => at >= told && at <= told + tookMs * 2;
  if (samples.some(isNear)) return told;
  const first = samples.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return Number.isFinite(first) ? first : 0;
}

/** Indices of the samples that evidence of the verdict rests on. */
export function citedBy(verdict: Verdict): ReadonlySet<number> {
  return new Set(verdict.findings.flatMap(({ evidence }) => evidence.flatMap(({ samples }) => samples)));
}

/** `host@worker-1 → web-1 (worker-2), tcp`. */
export function nameOf({ from, to, probe }: PathSummary): string {
  return `${from.agent} → ${to.name}, ${probe}`;
}

/** How an attempt looks in charts and tables: by shape and word, not by colour alone. */
export type Look = 'answered' | 'slow' | 'silent' | 'failed' | 'waiting' | 'cut';

export function lookOf({ outcome, totalMs }: Sample, slowAfterMs: number): Look {
  switch (outcome.kind) {
    case 'answered':
      return totalMs >= slowAfterMs ? 'slow' : 'answered';
    case 'silent':
      return 'silent';
    case 'cut':
      return totalMs >= slowAfterMs ? 'waiting' : 'cut';
    case 'refused':
    case 'unreachable':
    case 'reset':
    case 'error':
      return 'failed';
    default:
      return outcome satisfies never;
  }
}

/** An outcome in a few words. */
export function outcomeOf({ outcome }: Sample): string {
  switch (outcome.kind) {
    case 'answered':
      return 'answered';
    case 'refused':
      return `refused (${outcome.phase})`;
    case 'unreachable':
      return `unreachable (${outcome.phase}, ${outcome.code})`;
    case 'reset':
      return `reset (${outcome.phase})`;
    case 'silent':
      return `no answer (${outcome.phase}) in ${duration(outcome.waitedMs)}`;
    case 'cut':
      return `still waiting (${outcome.phase}) when the run ended`;
    case 'error':
      return `${outcome.code} (${outcome.phase}) ${outcome.message}`;
    default:
      return outcome satisfies never;
  }
}

/** A report beside the last one, and kept for the next. */
import type { Limitation } from '../model/cluster.ts';
import type { Recording } from '../model/recording.ts';
import type { SweepReport } from '../model/sweep.ts';
import { UserError } from '../model/user-error.ts';
import { compare } from './changes.ts';
import type { History } from './history-port.ts';

/**
 * Whatever is wrong with the history becomes a note: the sweep's result stands by itself. null: there is no history. A sweep that is
 * not whole is compared and not kept, or the next one would be compared with its gaps.
 */
export async function remember(
  { report, recordings }: { readonly report: SweepReport; readonly recordings: ReadonlyMap<string, Recording> },
  history: History | null,
): Promise<SweepReport> {
  if (history === null) return compare(null, report);
  const [before, unread] = await attempt('the comparison with the last sweep', () => history.last(report), null);
  const compared = compare(before, report);
  if (report.run.ended === 'interrupted') return { ...compared, notes: [...compared.notes, ...unread, NOT_KEPT] };
  const [, unwritten] = await attempt('this sweep in the history', () => history.add(compared, recordings), undefined);
  return { ...compared, notes: [...compared.notes, ...unread, ...unwritten] };
}

const NOT_KEPT: Limitation = {
  what: 'this sweep in the history',
  because: 'it was interrupted, and is no measure for the next',
};

async function attempt<T>(what: string, work: () => Promise<T>, otherwise: T): Promise<[T, Limitation[]]> {
  try {
    return [await work(), []];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const because = error.hint === null ? error.message : `${error.message}; ${error.hint}`;
    return [otherwise, [{ what, because }]];
  }
}

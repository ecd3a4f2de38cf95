/** What a sweep asks of the history of sweeps. */
import type { Recording } from '../model/recording.ts';
import type { SweepReport } from '../model/sweep.ts';

/**
 * Past sweeps. All of it throws UserError for what the user can put right (a full disk, a corrupt file, a newer schema); a sweep
 * turns that into a note and goes on: its result never depends on its history.
 */
export interface History {
  /** The newest sweep of this series in this cluster; null: none yet. */
  last(of: Pick<SweepReport, 'cluster' | 'series'>): Promise<SweepReport | null>;
  /** Keeps this sweep. `recordings` are those of its targets that are to be judged again one day, by the target's key. */
  add(report: SweepReport, recordings: ReadonlyMap<string, Recording>): Promise<void>;
  close(): void;
}

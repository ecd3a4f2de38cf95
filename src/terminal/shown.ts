/** Progress that is being shown. */
import type { ReportProgress } from '../model/progress.ts';

export interface Shown {
  readonly reportProgress: ReportProgress;
  /** Removes the picture, and lets go of all timers. */
  readonly stop: () => void;
}

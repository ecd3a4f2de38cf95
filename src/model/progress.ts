/** What happens during a run, told while it happens. The controller tells; the command line decides how it looks. */
import type { Limitation } from './cluster.ts';
import type { Verdict } from './verdict.ts';

export type Progress =
  | {
      readonly kind: 'stage';
      readonly stage: 'discover' | 'plan' | 'place' | 'collect' | 'judge' | 'trace';
      readonly says: string;
    }
  | {
      readonly kind: 'agent';
      readonly agent: string;
      readonly state: 'starting' | 'measuring' | 'done' | 'failed';
      readonly says: string;
    }
  /** The present picture of one path; sent again each time it changes. */
  | {
      readonly kind: 'path';
      readonly id: string;
      readonly from: string;
      readonly to: string;
      readonly done: number;
      readonly planned: number;
      readonly lastMs: number | null;
      readonly state: string;
    }
  /** One target of a sweep has its verdict. */
  | { readonly kind: 'target'; readonly key: string; readonly status: Verdict['status']; readonly says: string }
  | { readonly kind: 'limitation'; readonly limitation: Limitation };

export type ReportProgress = (progress: Progress) => void;

/** What happens during a run, told while it happens. The controller tells; cli.ts decides how it looks. */
import type { Gap } from './cluster.ts';

export type Progress =
  | {
      readonly kind: 'stage';
      readonly stage: 'discover' | 'plan' | 'place' | 'collect' | 'judge';
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
  | { readonly kind: 'gap'; readonly gap: Gap };

export type Tell = (progress: Progress) => void;

/** What a sweep is rendered with. */
import type { PageOptions } from '../page.ts';

export interface SweepRenderOptions extends PageOptions {
  /** The cause of every faulty target in full, not only of new ones. */
  readonly verbose: boolean;
  /** `--since last`: leave out what is as it was. */
  readonly onlyChanges: boolean;
}

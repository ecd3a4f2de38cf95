/** What a check is rendered with. */
import type { PageOptions } from '../page.ts';

export interface CheckRenderOptions extends PageOptions {
  /** Every assertion in full, not only those that do not hold. */
  readonly verbose: boolean;
}

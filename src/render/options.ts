/** What a verdict is rendered with. */
import type { PageOptions } from './page.ts';

export interface RenderOptions extends PageOptions {
  /** All findings in full, and the table of paths. */
  readonly verbose: boolean;
  /** The command that measures again; null: made of the verdict's target. */
  readonly again: string | null;
}

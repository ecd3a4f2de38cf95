/** What happens during a run, shown while it happens: a picture that updates in place on a terminal, a few plain lines elsewhere. */
import type { ReportProgress } from '../model/progress.ts';
import type { PageOptions } from '../render/page.ts';
import { showLines } from './lines.ts';
import { showPicture } from './picture.ts';
import type { Screen } from './screen.ts';

export interface Shown {
  readonly reportProgress: ReportProgress;
  /** Removes the picture, and lets go of all timers. */
  readonly stop: () => void;
}

export function showProgress(screen: Screen, options: PageOptions & { readonly quiet: boolean }): Shown {
  if (options.quiet) return { reportProgress: () => undefined, stop: () => undefined };
  return screen.isTTY === true ? showPicture(screen, options) : showLines(screen, options);
}

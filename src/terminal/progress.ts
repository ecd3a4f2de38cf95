/** What happens during a run, shown while it happens: a picture that updates in place on a terminal, a few plain lines elsewhere. */
import type { PageOptions } from '../render/page.ts';
import { showLines } from './lines.ts';
import { showPicture } from './picture.ts';
import type { Screen } from './screen.ts';
import type { Shown } from './shown.ts';

export function showProgress(screen: Screen, options: PageOptions & { readonly quiet: boolean }): Shown {
  if (options.quiet) return { reportProgress: () => undefined, stop: () => undefined };
  return screen.isTTY === true ? showPicture(screen, options) : showLines(screen, options);
}

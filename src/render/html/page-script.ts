/**
 * What a page does beyond being read; all of it can be read without. The functions are written down as text and run in the reader's
 * browser, so each uses nothing from outside itself, and none makes markup from strings.
 */
import { offerCopies } from './browser/copy.ts';
import { openGrids } from './browser/grid.ts';
import { switchTheme } from './browser/theme.ts';

export const pageScript: string = [switchTheme, offerCopies, openGrids]
  .map((part) => `(${part.toString()})();`)
  .join('\n');

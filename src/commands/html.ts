/** What every command with `-o html` shares: the one effect that pages need, and a word for who would read markup on a screen. */
import { createHash } from 'node:crypto';
import { UserError } from '../model/user-error.ts';
import type { Output } from '../render/render.ts';
import type { Screen } from '../terminal/screen.ts';

/** For the Content-Security-Policy of a page, which names its own script and style by their hashes. */
export const htmlOptions = {
  sha256: (text: string): string => createHash('sha256').update(text).digest('base64'),
} as const;

/** Throws UserError, before anything is measured, where a page would fill a terminal. `command` is as the user would write it. */
export function refuseScreen(output: Output, stdout: Screen, command: string): void {
  if (output !== 'html' || stdout.isTTY !== true) return;
  throw new UserError('A report in HTML is for a file, not for a terminal', {
    hint: `${command} -o html > report.html`,
  });
}

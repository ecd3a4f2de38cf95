/** Where the history is when nobody says where. */
import { isAbsolute, join } from 'node:path';
import { UserError } from '../model/user-error.ts';

/**
 * `$XDG_STATE_HOME/kprobe/history.sqlite`, else below `~/.local/state` (XDG Base Directory Specification 0.8, which wants relative
 * paths ignored). `home`: what the user database says, asked where HOME is not set; it throws for a user that it does not know,
 * as in a container that runs with any uid. Throws UserError.
 */
export function defaultHistoryFile(env: Readonly<Record<string, string | undefined>>, home: () => string): string {
  const state = absolute(env['XDG_STATE_HOME']);
  return join(state ?? join(absolute(env['HOME']) ?? homeOf(home), '.local', 'state'), 'kprobe', 'history.sqlite');
}

function absolute(path: string | undefined): string | null {
  return path !== undefined && isAbsolute(path) ? path : null;
}

function homeOf(home: () => string): string {
  try {
    const path = absolute(home());
    if (path !== null) return path;
  } catch {
    // No such user: the same as no home.
  }
  throw new UserError('There is no place for the history: neither HOME nor XDG_STATE_HOME is set', {
    hint: 'name a file with --history FILE, or go without: --history none',
  });
}

/** Which history a sweep has, if any. */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Limitation } from '../model/cluster.ts';
import { UserError } from '../model/user-error.ts';
import { type Flags, text } from '../options.ts';
import { SWEEP_DEFAULTS, type SweepFile } from '../sweep/file.ts';
import type { History } from '../sweep/history-port.ts';
import type { Session } from './command.ts';

export type HistoryChoice = 'none' | { readonly keepMs: number; readonly file: string | null };

/** `--history FILE|none` is stronger than the sweep file. */
export function historyChoice(flags: Flags, { history }: SweepFile): HistoryChoice {
  const asked = text(flags, 'history');
  if (asked === null) return history;
  if (asked === 'none') return 'none';
  return { keepMs: history === 'none' ? SWEEP_DEFAULTS.keepMs : history.keepMs, file: resolve(asked) };
}

/** A history that cannot be opened is a limitation: the sweep goes on without. */
export async function openSweepHistory(
  choice: HistoryChoice,
  session: Session,
): Promise<{ readonly history: History | null; readonly limitations: readonly Limitation[] }> {
  if (choice === 'none') return { history: null, limitations: [] };
  try {
    const { defaultHistoryFile } = await import('../history/default-file.ts');
    const file = choice.file ?? defaultHistoryFile(session.env, () => userInfo().homedir);
    return {
      history: await session.stages.openHistory({ file, keepMs: choice.keepMs, now: Date.now }),
      limitations: [],
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const because = error.hint === null ? error.message : `${error.message}; ${error.hint}`;
    return { history: null, limitations: [{ what: 'the history', because }] };
  }
}

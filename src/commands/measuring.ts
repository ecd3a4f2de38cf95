/** What all commands that measure do around it: progress on stderr, and a Ctrl-C that ends it with what there is. */
import type { ReportProgress } from '../model/progress.ts';
import { UserError } from '../model/user-error.ts';
import { pageOptions } from '../terminal/screen.ts';
import type { Session } from './command.ts';

interface Watched {
  readonly reportProgress: ReportProgress;
  readonly signal: AbortSignal;
}

/** Throws what `run` throws, and UserError where it was stopped before anything was measured. */
export async function measuring<T>(
  quiet: boolean,
  session: Session,
  run: (watched: Watched) => Promise<T>,
): Promise<T> {
  const { showProgress } = await import('../terminal/progress.ts');
  const progress = showProgress(session.stderr, { ...pageOptions(session.stderr, session.env), quiet });
  const stop = () =>
    progress.reportProgress({ kind: 'stage', stage: 'collect', says: 'stopping; Ctrl-C again leaves at once' });
  session.signal.addEventListener('abort', stop, { once: true });
  try {
    return await run({ reportProgress: progress.reportProgress, signal: session.signal });
  } catch (cause) {
    if (!session.signal.aborted || cause instanceof UserError) throw cause;
    throw new UserError('Stopped before anything was measured', { cause });
  } finally {
    session.signal.removeEventListener('abort', stop);
    progress.stop();
  }
}

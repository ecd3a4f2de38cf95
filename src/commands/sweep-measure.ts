/** A sweep's measuring, with its progress on stderr and a Ctrl-C that ends it with what there is. */
import type { SweepRequest } from '../model/sweep.ts';
import { UserError } from '../model/user-error.ts';
import { type Flags, image, text } from '../options.ts';
import type { SweepOptions, Swept } from '../sweep.ts';
import { pageOptions } from '../terminal/screen.ts';
import type { Session } from './command.ts';
import { pullChoice } from './image-flags.ts';

interface Surroundings {
  readonly flags: Flags;
  readonly quiet: boolean;
}

/** Throws UserError. */
export async function measureSweep(
  { file, series }: { readonly file: SweepRequest; readonly series: string },
  { flags, quiet }: Surroundings,
  session: Session,
): Promise<Swept> {
  const { showProgress } = await import('../terminal/progress.ts');
  const progress = showProgress(session.stderr, { ...pageOptions(session.stderr, session.env), quiet });
  const stop = () =>
    progress.reportProgress({ kind: 'stage', stage: 'collect', says: 'stopping; Ctrl-C again leaves at once' });
  session.signal.addEventListener('abort', stop, { once: true });
  const options: SweepOptions = {
    targets: file.targets,
    budget: file.budget,
    timeoutMs: file.timeoutMs,
    series,
    context: text(flags, 'context'),
    kubeconfig: text(flags, 'kubeconfig'),
    image: image(text(flags, 'image')),
    pull: pullChoice(flags),
    hostVantages: flags['no-host'] !== true,
    reportProgress: progress.reportProgress,
    signal: session.signal,
  };
  try {
    return await session.stages.sweep(options);
  } catch (cause) {
    if (!session.signal.aborted || cause instanceof UserError) throw cause;
    throw new UserError('Stopped before anything was measured', { cause });
  } finally {
    session.signal.removeEventListener('abort', stop);
    progress.stop();
  }
}

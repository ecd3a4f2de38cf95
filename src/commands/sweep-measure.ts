/** A sweep's measuring, by what the command line says. */
import type { SweepRequest } from '../model/sweep.ts';
import { type Flags, image, text } from '../options.ts';
import type { SweepOptions, Swept } from '../sweep.ts';
import type { Session } from './command.ts';
import { pullChoice } from './image-flags.ts';
import { measuring } from './measuring.ts';

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
  const options: Omit<SweepOptions, 'reportProgress' | 'signal'> = {
    targets: file.targets,
    budget: file.budget,
    timeoutMs: file.timeoutMs,
    series,
    context: text(flags, 'context'),
    kubeconfig: text(flags, 'kubeconfig'),
    image: image(text(flags, 'image')),
    pull: pullChoice(flags),
    hostVantages: flags['no-host'] !== true,
  };
  return measuring(quiet, session, (watched) => session.stages.sweep({ ...options, ...watched }));
}

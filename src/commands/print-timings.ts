/** The end of `explain` for timings: print what they may mean. */
import packageJson from '../../package.json' with { type: 'json' };
import { UserError } from '../model/user-error.ts';
import type { OutputOptions } from '../options.ts';
import { timingsRenderers } from '../render/timings/render.ts';
import { pageOptions } from '../terminal/screen.ts';
import { explainTimings } from '../timings/explain.ts';
import type { Timings } from '../timings/timings.ts';
import { EXIT, type Session, write } from './command.ts';

/** Returns the exit code: timings alone never say healthy or faulty. */
export async function printTimings(timings: Timings, options: OutputOptions, session: Session): Promise<number> {
  const { output, verbose } = options;
  if (output === 'html' || output === 'junit') {
    throw new UserError(`--output ${output} is for recordings`, {
      hint: 'timings are explained in terminal, json or markdown',
    });
  }
  const report = explainTimings(timings, packageJson.version);
  const page = pageOptions(session.stdout, session.env);
  await write(session.stdout, timingsRenderers[output](report, { ...page, verbose }));
  return EXIT.inconclusive;
}

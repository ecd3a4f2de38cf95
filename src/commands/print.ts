/** The end of every command that has a verdict: print it, and turn it into an exit code. */
import type { Verdict } from '../model/verdict.ts';
import type { OutputOptions } from '../options.ts';
import { renderers } from '../render/render.ts';
import { EXIT, type Session, write } from './command.ts';
import { pageOptions } from '../terminal/screen.ts';

/** `again`: the command that measures this target again, null where it is not known. Returns the exit code. */
export async function printVerdict(
  verdict: Verdict,
  options: OutputOptions & { readonly again: string | null },
  session: Session,
): Promise<number> {
  const page = pageOptions(session.stdout, session.env);
  const text = renderers[options.output](verdict, { ...page, verbose: options.verbose, again: options.again });
  await write(session.stdout, text);
  return EXIT[verdict.status];
}

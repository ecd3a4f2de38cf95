/** The end of every command that has a verdict: print it, and turn it into an exit code. */
import type { Recording } from '../model/recording.ts';
import type { Verdict } from '../model/verdict.ts';
import type { OutputOptions } from '../options.ts';
import { renderers } from '../render/render.ts';
import { EXIT, type Session, write } from './command.ts';
import { htmlOptions } from './html.ts';
import { pageOptions } from '../terminal/screen.ts';

export interface PrintOptions extends OutputOptions {
  /** The command that measures this target again, null where it is not known. */
  readonly again: string | null;
  /** What the verdict was judged from: only the page in HTML shows it. */
  readonly recording: Recording;
}

/** Returns the exit code. */
export async function printVerdict(verdict: Verdict, options: PrintOptions, session: Session): Promise<number> {
  await write(session.stdout, await textOf(verdict, options, session));
  return EXIT[verdict.status];
}

async function textOf(verdict: Verdict, options: PrintOptions, session: Session): Promise<string> {
  const { output, again, recording, verbose } = options;
  if (output === 'html') {
    const { renderDiagnosisPage } = await import('../render/html/diagnosis-page.ts');
    return renderDiagnosisPage({ verdict, recording, again }, htmlOptions);
  }
  return renderers[output](verdict, { ...pageOptions(session.stdout, session.env), verbose, again });
}

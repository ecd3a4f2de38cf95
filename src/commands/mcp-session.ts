/** The process around a command that a bot has called: what it prints is collected, and standard output is the protocol's alone. */
import { Readable, Writable } from 'node:stream';
import type { ReportProgress } from '../model/progress.ts';
import type { Session } from './command.ts';

export interface Called {
  readonly stdin: string;
  readonly signal: AbortSignal;
  readonly reportProgress: ReportProgress;
}

export function calledSession(
  session: Session,
  { stdin, signal, reportProgress }: Called,
): { readonly session: Session; readonly printed: () => string } {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const { stages } = session;
  return {
    session: {
      ...session,
      stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
      stdout,
      // Remarks and the display of progress are for a terminal; progress goes its own way.
      stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
      signal,
      stages: {
        ...stages,
        diagnose: (request) => stages.diagnose({ ...request, reportProgress }),
        matrix: (request) => stages.matrix({ ...request, reportProgress }),
      },
    },
    printed: () => Buffer.concat(chunks).toString(),
  };
}

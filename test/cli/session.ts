/** A process around a command, without a process: what it prints is collected, what it asks for is scripted. */
import { PassThrough, Readable } from 'node:stream';
import type { Session } from '../../src/commands/command.ts';
import { runProgram } from '../../src/commands/program.ts';
import type { Stages } from '../../src/commands/stages.ts';
import type { Screen } from '../../src/terminal/screen.ts';
import { UserError } from '../../src/model/user-error.ts';
import { recording } from '../judge/make.ts';
import { verdict } from '../render/samples.ts';
import { sweepReport } from '../render/sweeps.ts';
import { flowTrace } from '../render/flows.ts';
import { meshRun } from '../judge/matrix/mesh-world.ts';

interface Given {
  readonly stages?: Partial<Stages>;
  readonly stdin?: string | Uint8Array;
  readonly env?: Session['env'];
  readonly signal?: AbortSignal;
}

interface Ran {
  /** null: it threw what is in `error`. */
  readonly exitCode: number | null;
  readonly error: UserError | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line. A bug (anything thrown but UserError) rejects. */
export async function run(argv: readonly string[], given: Given = {}): Promise<Ran> {
  const [stdout, stderr] = [collector(), collector()];
  const session: Session = {
    stdin: Readable.from(given.stdin === undefined ? [] : [Buffer.from(given.stdin)]),
    stdout: stdout.screen,
    stderr: stderr.screen,
    env: given.env ?? { LANG: 'en_US.UTF-8' },
    signal: given.signal ?? new AbortController().signal,
    stages: {
      diagnose: async () => ({ verdict: verdict(), recording: recording() }),
      matrix: async () => meshMeasured(),
      trace: async () => flowTrace(),
      judge: async () => verdict(),
      connect: () => Promise.reject(new UserError('this test has no cluster')),
      sweep: async () => ({ report: sweepReport(), recordings: new Map() }),
      openHistory: () => Promise.reject(new UserError('this test has no history')),
      publish: async () => [],
      ...given.stages,
    },
  };
  const ended = await runProgram(argv, session).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  const [exitCode, error] = typeof ended === 'number' ? [ended, null] : [null, ended];
  return { exitCode, error, stdout: stdout.text(), stderr: stderr.text() };
}

export function collector(over: Partial<Screen> = {}): { screen: Screen; text: () => string } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { screen: Object.assign(stream, over), text: () => Buffer.concat(chunks).toString() };
}

function meshMeasured() {
  const { recording: measured, report } = meshRun();
  return { recording: measured, report: report() };
}

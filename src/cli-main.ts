/** The edge of the process: arguments, streams and signals in; text and an exit code out. Nothing else touches them. */
import { EXIT, remark, type Session } from './commands/command.ts';
import { runProgram } from './commands/program.ts';
import { stages } from './commands/stages.ts';
import { UserError } from './model/user-error.ts';
import { cleanLine } from './render/clean.ts';

/** By convention of shells, 128 and the number of the signal. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const argv = process.argv.slice(2);
const stop = new AbortController();
const session: Session = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: stop.signal,
  stages,
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(SIGNAL_EXIT[signal]);
    stop.abort(new Error(signal));
  });
}
// `kprobe … | head`: nobody reads on, so there is nothing left to measure. Of any other trouble, such as a full disk, `write` tells.
process.stdout.on('error', (error: NodeJS.ErrnoException) => void (error.code === 'EPIPE' && stop.abort(error)));
process.stderr.on('error', () => undefined);
process.on('uncaughtException', (error) => void tell(error).then((exitCode) => process.exit(exitCode)));

// Should the process end by itself, with nothing left to wait for and nothing said: not as if all were well.
process.exitCode = EXIT.couldNotRun;
// Open connections of an API client must not keep a process alive that has said all it had to say.
void runProgram(argv, session)
  .catch(tell)
  .then((exitCode) => process.exit(exitCode));

/** What the user can put right: what happened and what to try. Anything else is ours. */
async function tell(error: unknown): Promise<number> {
  const isDebug = argv.includes('--debug');
  const stack = isDebug ? `${stackOf(error)}\n` : '';
  if (error instanceof UserError) {
    const hint = error.hint === null ? '' : `  ${cleanLine(error.hint)}\n`;
    const lines = [error.message, ...error.more].map((line) => `kprobe: ${cleanLine(line)}\n`);
    await remark(process.stderr, `${lines.join('')}${hint}${stack}`);
  } else {
    const message = cleanLine(error instanceof Error ? error.message : String(error));
    const more = isDebug ? stack : '  --debug shows where\n';
    await remark(process.stderr, `kprobe: ${message} (this is a bug in kprobe)\n${more}`);
  }
  return EXIT.couldNotRun;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`;
}

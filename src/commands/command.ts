/** The shape of a command, and what it may touch of the world. */
import type { Readable, Writable } from 'node:stream';
import type { Options, PositionalOptions } from 'yargs';
import { UserError } from '../model/user-error.ts';
import type { Flags } from '../options.ts';
import type { Environment, Screen } from '../terminal/screen.ts';
import type { Stages } from './stages.ts';

/** The process around a command; cli-main.ts makes the real one, tests make theirs. */
export interface Session {
  readonly stdin: Readable;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly env: Environment;
  /** Aborted by the first Ctrl-C, by SIGTERM, and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
  readonly stages: Stages;
}

export interface Command {
  /** In yargs' notation: `diagnose <target>`. */
  readonly usage: string;
  readonly summary: string;
  readonly positionals: Readonly<Record<string, PositionalOptions>>;
  readonly flags: Readonly<Record<string, Options>>;
  /** Flags that count each time they are given; lists of yargs do, but do not take `-` for a value. */
  readonly repeated?: readonly string[];
  /** Command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  readonly epilogue: string;
  /** Whether it ends by itself, with what it has, once the session's signal is aborted; others are left at once. */
  readonly endsOnSignal: boolean;
  /** Returns the exit code. Throws UserError for what the user can put right; anything else thrown is a bug. */
  run(flags: Flags, session: Session): Promise<number>;
}

/** Exit codes, a contract with scripts. */
export const EXIT = { healthy: 0, faulty: 1, couldNotRun: 2, inconclusive: 3 } as const;

/** By convention of shells, 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/**
 * Writes text, or pieces of it one by one, and waits until it is out; a reader that has left is no error (`kprobe … | head`).
 * Throws UserError where the text cannot be kept: a full disk must not look like a healthy cluster.
 */
export async function write(stream: Writable, text: string | Iterable<string>): Promise<void> {
  if (typeof text === 'string') return writePiece(stream, text);
  for (const piece of text) await writePiece(stream, piece);
}

function writePiece(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed || stream.writableEnded) return resolve();
    stream.write(text, (cause) => {
      const code = (cause as NodeJS.ErrnoException | null | undefined)?.code ?? 'EPIPE';
      if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') resolve();
      else reject(new UserError(`The output cannot be written (${code})`, { cause }));
    });
  });
}

/** Writes a remark; where nobody can be told, nobody is. */
export function remark(stream: Writable, text: string): Promise<void> {
  return write(stream, text).catch(() => undefined);
}

/** The exit code of a command that was stopped before it had a result. Never resolves while nobody stops it. */
export function stopped(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(INTERRUPTED);
    else signal.addEventListener('abort', () => resolve(INTERRUPTED), { once: true });
  });
}

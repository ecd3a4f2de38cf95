/** The real command line, as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Verdict } from '../../src/model/verdict.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export interface Ended {
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

export interface Asked extends Ended {
  /** null where none was printed. */
  readonly verdict: Verdict | null;
}

/** Starts it, and lets go of the process for who wants to kill it. */
export function startKprobe(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const startedAt = Date.now();
  const child = spawn(process.execPath, [CLI, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr, tookMs: Date.now() - startedAt }));
  });
  return { child, ended };
}

/** `kprobe diagnose … -o json`, to its end. */
export async function diagnose(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Asked> {
  const ended = await startKprobe(['diagnose', ...args, '-o', 'json'], env).ended;
  return { ...ended, verdict: verdictOf(ended.stdout) };
}

function verdictOf(text: string): Verdict | null {
  try {
    return Verdict.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

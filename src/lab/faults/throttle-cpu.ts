/** A pod that has used up its CPU limit: a process of its own watches it, for the lab's has other things to do. */
import { spawn } from 'node:child_process';
import { extname, join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '..', 'programs', `cpu-quota${extname(import.meta.filename)}`);

/**
 * @param ms of CPU in each period of 100 ms, of all processes in the network namespace together.
 * @returns how to end it; nobody is left stopped.
 */
export function throttleCpu(ms: number, netns: string): () => void {
  // It ends as well when the lab dies: then its standard input does.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, `${ms}`, netns], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return () => child.stdin.end();
}

/** Runs one program of the system with a text on its standard input. */
import { spawn } from 'node:child_process';

/** The longest that one ip or nft call may take before it counts as hung, in milliseconds. */
const LIMIT_MS = 20_000;

/** @throws Error with what the program complained about; the lab writes these inputs itself, so that is a bug. */
export async function runWithInput(command: readonly [string, ...string[]], input: string): Promise<void> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], timeout: LIMIT_MS, killSignal: 'SIGKILL' });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  // A program that ends before it has read everything says why on stderr; EPIPE would hide that.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${complaint.trim().slice(0, 2000)}`);
}

/** Runs a shell script that stops at its first failing command. */
export async function runScript(script: string): Promise<void> {
  await runWithInput(['sh', '-eu'], script);
}

/** The command that runs a program inside a network namespace. */
export function inNetns(netns: string, ...command: string[]): [string, ...string[]] {
  return ['nsenter', `--net=${netns}`, ...command];
}

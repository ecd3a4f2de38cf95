/** What the demos share: kprobe as a user would start it, the fix that it gave, and what is said meanwhile. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { judge } from './judge/judge.ts';
import type { Finding } from './model/verdict.ts';
import { parseRecording } from './recording/parse.ts';

const CLI = join(import.meta.dirname, 'cli.ts');

/** Says `shown` as the command line, and runs kprobe with `args`; its exit code. */
export function kprobe(shown: string, args: readonly string[]): Promise<number> {
  say(`\n$ kprobe ${shown}`);
  return runNode([CLI, ...args]);
}

/** Runs a program with this very Node; its exit code, 2 where a signal ended it. */
export function runNode(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 2));
  });
}

/** The first finding of a recording that `--save` kept; null where there is none. */
export async function firstFinding(file: string): Promise<Finding | null> {
  const parsed = parseRecording(JSON.parse(await readFile(file, 'utf8')));
  return parsed.ok ? (judge(parsed.value).findings[0] ?? null) : null;
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Says why the demo did not go as it should; its exit code. */
export function fail(why: string): number {
  say(`demo: ${why}`);
  return 1;
}

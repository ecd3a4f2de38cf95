/** Where and when a trial is run. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Result } from './results.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export function here(): Pick<Result, 'at' | 'kprobe' | 'revision' | 'kernel'> {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  return {
    at: new Date().toISOString(),
    kprobe: version,
    revision: revision(),
    kernel: release().split('-')[0] ?? release(),
  };
}

function revision(): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return null;
  }
}

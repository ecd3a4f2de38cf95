/** Other Nodes than the project's own, as npm carries them: what tests start, and what executables are made from. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** In the project's own cache: tens of megabytes each, fetched once. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/nodes/', import.meta.url));

/** A version and a processor, as Node names them: `20.20.2`, `arm64`. */
export interface WantedNode {
  readonly version: string;
  readonly cpu: string;
}

/** The folder of a Node for Linux: `bin/node`, and its LICENSE. */
export function nodeFolder({ version, cpu }: WantedNode): string {
  const name = `node-linux-${cpu}`;
  const folder = join(CACHE, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, 'fetched-'));
  try {
    execFileSync('npm', ['pack', '--silent', `${name}@${version}`], { cwd: work, stdio: 'pipe' });
    execFileSync('tar', ['-xzf', `${name}-${version}.tgz`], { cwd: work });
    renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true });
  }
  return folder;
}

/** The program itself. */
export function nodeProgram(wanted: WantedNode): string {
  return join(nodeFolder(wanted), 'bin', 'node');
}

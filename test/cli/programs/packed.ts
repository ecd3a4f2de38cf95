/** kprobe as npm gives it to a user: packed from this project, installed into a folder of its own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Installed extends Disposable {
  /** As npm wrote it, with a version in its name. */
  readonly archive: string;
  /** The package, installed. */
  readonly folder: string;
  /** Where npm linked its commands. */
  readonly bin: string;
  /** A folder with nothing in it, nor above it. */
  readonly empty: string;
}

/** Packs, which builds, and installs. Takes half a minute. */
export function installPacked(): Installed {
  const work = mkdtempSync(join(tmpdir(), 'kprobe-packed-'));
  const npm = (...args: readonly string[]) =>
    execFileSync('npm', [...args, '--silent'], {
      cwd: PROJECT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const [packed] = JSON.parse(npm('pack', '--json', '--pack-destination', work)) as [{ readonly filename: string }];
  const archive = join(work, packed.filename);
  npm('install', '--global', '--prefix', join(work, 'prefix'), '--prefer-offline', archive);
  return {
    archive,
    folder: join(work, 'prefix', 'lib', 'node_modules', 'kprobe'),
    bin: join(work, 'prefix', 'bin'),
    empty: mkdtempSync(join(work, 'empty-')),
    [Symbol.dispose]: () => rmSync(work, { recursive: true }),
  };
}

/** How the folders of executables and their archives are called, and which there are. */
import { globSync } from 'node:fs';

export interface Executable {
  /** `kprobe-linux-x64`. */
  readonly name: string;
  /** As Node names it. */
  readonly cpu: string;
}

export function executablesIn(folder: string): Executable[] {
  return globSync('kprobe-linux-*/kprobe', { cwd: folder })
    .map((file) => file.split('/')[0] ?? '')
    .toSorted()
    .map((name) => ({ name, cpu: name.slice('kprobe-linux-'.length) }));
}

/** The file name of its archive: `kprobe-0.1.0-linux-x64.tar.gz`. */
export function archiveOf(name: string, version: string): string {
  return `${name.replace(/^kprobe-/u, `kprobe-${version}-`)}.tar.gz`;
}

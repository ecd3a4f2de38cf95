/** Who lives in a network namespace. */
import { readdirSync, statSync } from 'node:fs';

/** Ids of the processes in these network namespaces, by the paths that these are bound to. */
export function processesIn(namespaces: readonly string[]): number[] {
  const wanted = new Set(namespaces.flatMap((path) => inode(path) ?? []));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => wanted.has(inode(`/proc/${pid}/ns/net`) ?? -1))
    .map(Number);
}

/** null where it has gone meanwhile, or may not be looked at. */
function inode(path: string): number | null {
  try {
    return statSync(path).ino;
  } catch {
    return null;
  }
}

/** Small files that the kernel makes up while they are read. */
import { readFileSync } from 'node:fs';

/** The file's text, or null where it does not exist or may not be read (another system, another kernel, a hidden /proc). */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

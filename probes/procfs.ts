/** Small files that the kernel makes up while they are read. */
import { accessSync, constants, openSync, readFile, readFileSync, readSync } from 'node:fs';

/** The file's text, or null where it does not exist or may not be read (another system, another kernel, a hidden /proc). */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

/** Whether it is there and may be read. */
export function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** More than any of the files that are read again and again; a longer one is read in several steps. */
const CHUNK_BYTES = 16 * 1024;
const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
const descriptors = new Map<string, number>();

/**
 * As readText, for files that are read again and again and that the kernel makes up as a whole (not the socket tables, which come in
 * pieces): each stays open, and reading it is one call instead of four. Their number is that of the paths that this program names.
 */
export function readAgain(path: string): string | null {
  try {
    let descriptor = descriptors.get(path);
    if (descriptor === undefined) descriptors.set(path, (descriptor = openSync(path, 'r')));
    let text = '';
    for (;;) {
      const length = readSync(descriptor, chunk, 0, CHUNK_BYTES, text.length);
      text += chunk.toString('latin1', 0, length);
      // The kernel fills what it is given unless the file ends; a file of exactly one chunk costs one more call.
      if (length < CHUNK_BYTES) return text;
    }
  } catch {
    return null;
  }
}

/** The file's text without holding up the event loop; null where there is none. */
export function readTextLater(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): Promise<string | null> {
  return new Promise((resolve) => {
    readFile(path, encoding, (error, text) => resolve(error === null ? text : null));
  });
}

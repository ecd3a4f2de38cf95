/** Small files that the kernel makes up while they are read. */
import {
  accessSync,
  close,
  closeSync,
  constants,
  open,
  openSync,
  read,
  readFile,
  readFileSync,
  readSync,
} from 'node:fs';

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

/** What the kernel gives at once of a table that it makes row by row: a page (seq_file), or more where pages are larger. */
const PAGE_BYTES = 4096;
/** Longer than any row of the socket tables. */
const ROW_BYTES = 256;
const TABLE_CHUNK_BYTES = 64 * 1024;

/** A page is filled until no row fits any more: what leaves room for one was the last. */
function isLast(length: number): boolean {
  return length < PAGE_BYTES - ROW_BYTES;
}

/**
 * The text of a socket table, off the event loop; null where there is none. A call that finds nothing more costs as much as all before it, for
 * the kernel begins at its first bucket again (net/ipv4/tcp_ipv4.c, tcp_seq_start): the end is known without it.
 */
export function readTableLater(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    open(path, 'r', (refused, file) => {
      if (refused !== null) return resolve(null);
      const buffer = Buffer.allocUnsafe(TABLE_CHUNK_BYTES);
      let text = '';
      const end = (all: string | null) => close(file, () => resolve(all));
      const more = () =>
        read(file, buffer, 0, TABLE_CHUNK_BYTES, null, (error, length) => {
          if (error !== null) return end(null);
          text += buffer.toString('latin1', 0, length);
          if (isLast(length)) end(text);
          else more();
        });
      more();
    });
  });
}

/** The same at once. */
export function readTable(path: string): string | null {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(TABLE_CHUNK_BYTES);
      for (let text = ''; ;) {
        const length = readSync(file, buffer, 0, TABLE_CHUNK_BYTES, null);
        text += buffer.toString('latin1', 0, length);
        if (isLast(length)) return text;
      }
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

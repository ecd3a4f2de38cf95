/** Bytes of a file or of standard input, plain or gzipped, to text and to a JSON value. Throws UserError. */
import { constants } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError } from '../model/user-error.ts';

/** A recording of a thousand pods and ten thousand samples is some 20 MB. A string in V8 ends at about 512 MB. */
const LARGEST_BYTES = Math.min(256 * 1024 * 1024, constants.MAX_STRING_LENGTH);
const GZIP_MAGIC = [0x1f, 0x8b] as const;
const SAVES = 'kprobe diagnose TARGET --save run.json writes a recording';

/** `name`: a path, or `-` for `stdin`. Returns the text, unzipped, and what to call its source in messages. */
export async function loadText(name: string, stdin: Readable): Promise<{ text: string; source: string }> {
  if (name === '') throw new UserError('The name of the file is empty', { hint: SAVES });
  const source = name === '-' ? 'standard input' : name;
  const bytes = await readAll(name === '-' ? stdin : createReadStream(name), source);
  const plain = await unzip(bytes, source);
  const text = decode(plain, source);
  if (text.trim() === '') throw new UserError(`${source} is empty`, { hint: SAVES });
  return { text, source };
}

async function readAll(stream: Readable, source: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk as Uint8Array);
      size += bytes.length;
      if (size > LARGEST_BYTES) throw tooLarge(source);
      chunks.push(bytes);
    }
  } catch (cause) {
    throw cause instanceof UserError ? cause : unreadable(cause, source);
  }
  return Buffer.concat(chunks);
}

function unreadable(cause: unknown, source: string): UserError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
  const known: Readonly<Record<string, string>> = {
    ENOENT: `There is no file ${source}`,
    ENOTDIR: `There is no file ${source}`,
    EISDIR: `${source} is a folder, not a recording`,
    EACCES: `${source} may not be read by this user`,
  };
  return new UserError(known[code] ?? `${source} cannot be read (${code})`, { cause, hint: SAVES });
}

function tooLarge(source: string): UserError {
  return new UserError(`${source} is larger than ${LARGEST_BYTES / 1024 / 1024} MB, no recording is`, { hint: SAVES });
}

async function unzip(bytes: Buffer, source: string): Promise<Buffer> {
  if (bytes[0] !== GZIP_MAGIC[0] || bytes[1] !== GZIP_MAGIC[1]) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: LARGEST_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(source);
    throw new UserError(`${source} is gzip, but damaged or cut off`, {
      cause,
      hint: 'copy it again; gzip -t tests it',
    });
  }
}

function decode(bytes: Buffer, source: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\u0000')) return text;
  } catch (cause) {
    throw new UserError(`${source} is a binary file, not a recording`, { cause, hint: SAVES });
  }
  throw new UserError(`${source} is a binary file, not a recording`, { hint: SAVES });
}

/** Throws UserError where the text is no JSON; `hint` is for text that does not even begin like it. */
export function parseJson(text: string, source: string, hint: string = SAVES): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!/^\s*[[{]/u.test(text)) throw new UserError(`${source} is not JSON, so not a recording`, { cause, hint });
    if (isObjectLine(text)) {
      throw new UserError(`${source} holds one JSON object a line: the output of an agent, not a recording`, {
        cause,
        hint: SAVES,
      });
    }
    throw new UserError(`${source}: broken JSON${placeOf(cause, text)}`, {
      cause,
      hint: 'was it copied or saved whole?',
    });
  }
}

function isObjectLine(text: string): boolean {
  try {
    const first: unknown = JSON.parse(text.trimStart().split('\n', 1)[0] ?? '');
    return typeof first === 'object' && first !== null;
  } catch {
    return false;
  }
}

/** V8 says `at position 17`, but for some texts that end too early. */
function placeOf(cause: unknown, text: string): string {
  const position = /position (\d+)/u.exec(String(cause))?.[1];
  if (position === undefined || Number(position) >= text.trimEnd().length) return ': it ends in the middle';
  const before = text.slice(0, Number(position)).split('\n');
  return ` at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

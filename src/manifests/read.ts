/** Files, folders and standard input → the Kubernetes objects in them. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { whyUnreadable } from '../model/unreadable.ts';
import { UserError } from '../model/user-error.ts';
import { type Documents, type Manifest, readDocuments } from './documents.ts';

export interface Given {
  /** Files and folders; `-` is standard input. */
  readonly paths: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array | string>;
}

export interface Read {
  readonly manifests: readonly Manifest[];
  /** Documents that are no Kubernetes objects, by where they begin. */
  readonly strange: readonly string[];
}

/** What kubectl takes from a folder. */
const MANIFEST = /\.(?:ya?ml|json)$/iu;
/** A device or a pipe may never end; all manifests of a large cluster are a tenth of this. */
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_FILES = 20_000;
const EXAMPLES = 'for example kprobe lint -f deploy/, or helm template CHART | kprobe lint -f -';

/** Throws UserError: for what cannot be read, is no YAML, or holds no object at all. */
export async function readManifests({ paths, stdin }: Given): Promise<Read> {
  const all: Documents[] = [];
  for (const path of paths) {
    if (path === '-') all.push(readDocuments(textOf(await bytesOf(stdin, path), path), 'stdin'));
    else for (const file of await filesAt(path)) all.push(await readFile(file));
  }
  const manifests = all.flatMap((each) => each.manifests);
  const strange = all.flatMap((each) => each.strange);
  if (manifests.length > 0) return { manifests, strange };
  const [first] = strange;
  if (first !== undefined) {
    throw new UserError(`${first}: not a Kubernetes object, which has apiVersion and kind`, { hint: EXAMPLES });
  }
  throw new UserError(`-f ${paths.join(' -f ')}: there is no Kubernetes object in it`, { hint: EXAMPLES });
}

async function readFile(file: string): Promise<Documents> {
  const bytes = await bytesOf(createReadStream(file), file).catch((cause: unknown) => unreadable(file, cause));
  return readDocuments(textOf(bytes, file), file);
}

/** A folder's own files and those of its folders, in a stable order; hidden ones and packages of tools are none of the user's. */
async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => unreadable(path, cause));
  if (!found.isDirectory()) return [path];
  const files: string[] = [];
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const inside = folder;
    const entries = await readdir(inside, { withFileTypes: true }).catch((cause: unknown) => unreadable(inside, cause));
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const name = join(inside, entry.name);
      if (entry.isDirectory()) folders.push(name);
      else if (MANIFEST.test(entry.name)) files.push(name);
    }
    if (files.length > MOST_FILES) {
      throw new UserError(`-f ${path} holds more than ${MOST_FILES} manifests`, {
        hint: 'name the folders one by one',
      });
    }
  }
  if (files.length > 0) return files.toSorted();
  throw new UserError(`-f ${path}: the folder has no .yaml, .yml or .json file`, { hint: EXAMPLES });
}

function unreadable(path: string, cause: unknown): never {
  if (cause instanceof UserError) throw cause;
  throw new UserError(`-f ${path} cannot be read: ${whyUnreadable(cause)}`, { cause, hint: EXAMPLES });
}

async function bytesOf(stream: AsyncIterable<Uint8Array | string>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new UserError(`${name} is larger than ${MOST_BYTES / 1024 / 1024} MiB`);
  }
  return Buffer.concat(chunks);
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\u0000')) return text;
  } catch {
    // Told below.
  }
  throw new UserError(`${name === '-' ? 'stdin' : name}:1: no text`, { hint: EXAMPLES });
}

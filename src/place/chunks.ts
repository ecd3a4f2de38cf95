/** The files of a run, in portions that a ConfigMap holds. */
import { storedBytes } from './run-config-map.ts';

/** All of a ConfigMap's data has 1 MiB (kubernetes.io, ConfigMap: Motivation); names, metadata and encoding need some of it. */
const ROOM_BYTES = 900_000;

export interface ChunkFile {
  readonly name: string;
  text(): string;
}

/** Some of what is to be stored together, in its order. Texts are made one portion at a time: together they may be larger than memory. */
export function* chunks<T extends ChunkFile>(
  files: readonly T[],
  takenBytes: number,
): Generator<{ readonly members: readonly T[]; readonly texts: Readonly<Record<string, string>> }> {
  let members: T[] = [];
  let texts: Record<string, string> = {};
  let used = takenBytes;
  for (const file of files) {
    const text = file.text();
    const bytes = storedBytes(file.name, text);
    if (used + bytes > ROOM_BYTES && used > 0) {
      yield { members, texts };
      [members, texts, used] = [[], {}, 0];
    }
    members.push(file);
    texts[file.name] = text;
    used += bytes;
  }
  yield { members, texts };
}

/** `--save DIR`: the recordings of a sweep, a file for each target. */
import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Limitation } from '../model/cluster.ts';
import type { Recording } from '../model/recording.ts';
import { UserError } from '../model/user-error.ts';
import { saveRecording } from '../recording/save.ts';

/** Leaves room for a number and an ending in the 255 bytes that file systems give a name. */
const LONGEST_NAME = 120;

/** Looked at before the sweep: nobody wants to learn after minutes that there is no place. Throws UserError. */
export function folderFor(value: string | null): string | null {
  if (value === null) return null;
  const folder = resolve(value);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError(`--save ${value}: there is no such folder`, { hint: `make it: mkdir -p ${value}` });
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new UserError(`--save ${value}: the folder cannot be written`, { cause, hint: 'name another folder' });
  }
  return folder;
}

export async function saveRecordings(
  folder: string,
  recordings: ReadonlyMap<string, Recording>,
): Promise<Limitation[]> {
  const limitations: Limitation[] = [];
  const taken = new Set<string>();
  for (const [key, recording] of recordings) {
    const name = unusedName(key, taken);
    const problem = await saveRecording(join(folder, `${name}.json`), recording);
    if (problem !== null) limitations.push({ what: key, because: problem });
  }
  return limitations;
}

/** `shop-svc-web`, or with a number where another target is called alike in letters and digits. */
function unusedName(key: string, taken: Set<string>): string {
  const slug = key
    .replaceAll(/[^A-Za-z0-9.]+/gu, '-')
    .replaceAll(/^[-.]+|[-.]+$/gu, '')
    .slice(0, LONGEST_NAME);
  const base = slug === '' ? 'target' : slug;
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
  taken.add(name);
  return name;
}

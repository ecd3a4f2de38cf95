/** Keeping a recording: whole or not at all. */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { Recording } from '../model/recording.ts';

/** Returns null, or one line that says why it could not be kept: a full disk must not cost the verdict. */
export async function saveRecording(path: string, recording: Recording): Promise<string | null> {
  const why = await writeWhole(path, `${JSON.stringify(recording)}\n`);
  return why === null ? null : `the recording could not be saved to ${path} (${why}); the verdict stands`;
}

/**
 * Writes beside the file and renames, so that an earlier recording is never left half overwritten. Returns null, or the
 * system's word for what is wrong.
 */
export async function writeWhole(path: string, contents: string | Uint8Array): Promise<string | null> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, contents, { flag: 'wx', mode: 0o600 });
    await rename(draft, path);
    return null;
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined);
    return (cause as NodeJS.ErrnoException).code ?? String(cause);
  }
}

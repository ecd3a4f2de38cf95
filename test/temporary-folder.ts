/** One folder for whatever a run of tests leaves in the temporary folder; it goes when they end. */
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** For the environment of the projects whose leftovers nobody looks at: a lab that failed keeps its folder. */
export const TEMPORARY_FOLDER = join(tmpdir(), `kprobe-tests-${process.pid}`);

/** Called by vitest before its workers start; what it gives is called after them. */
export default function setup(): () => void {
  mkdirSync(TEMPORARY_FOLDER, { recursive: true });
  return () => rmSync(TEMPORARY_FOLDER, { recursive: true, force: true });
}

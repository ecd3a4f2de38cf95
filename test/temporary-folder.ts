/** One folder for whatever a run of tests leaves in the temporary folder; it goes when they end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Called by vitest before its workers start, which inherit the environment; what it gives is called after them. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'kprobe-tests-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  return () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true, force: true });
  };
}

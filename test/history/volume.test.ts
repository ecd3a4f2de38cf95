import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { newFile } from './make.ts';

const SCRIPT = fileURLToPath(new URL('volume.ts', import.meta.url));
/** A mount namespace of one's own, without being root where the kernel lets one. */
const UNSHARE = ['--user', '--map-root-user', '--mount'];
const canMount = spawnSync('unshare', [...UNSHARE, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

test.skipIf(!canMount)(
  'a full volume and a read-only one are each one line, and nothing is lost',
  { timeout: 30_000 },
  () => {
    const folder = dirname(newFile());
    const said = execFileSync('unshare', [...UNSHARE, process.execPath, SCRIPT, folder], { encoding: 'utf8' });
    const file = join(folder, 'history.sqlite');
    expect(JSON.parse(said)).toEqual({
      full: `UserError: The history ${file} cannot be written: no space is left on its volume`,
      whileFull: 'run-0',
      keptAgain: 'run-2',
      lastReadOnly: 'run-2',
      addReadOnly: `UserError: The history ${file} cannot be written: the file or its folder is read-only for this user`,
      pastReadOnly: 2,
      newReadOnly: `UserError: The history ${join(folder, 'new', 'history.sqlite')} cannot be opened: the file or its folder is read-only for this user`,
    });
  },
);

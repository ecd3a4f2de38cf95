/** The file of a history: found or made, checked, brought up to date; read and written with patience for others. */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../model/user-error.ts';
import { APPLICATION_ID, headerOf, inTransaction, migrate, MIGRATIONS } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { type Attempt, isBusy, troubleOf } from './trouble.ts';

export interface DatabaseOptions {
  readonly file: string;
  /** Make it, and the folders above it, where it is not there. */
  readonly create: boolean;
  /** How long another process may hold the lock. */
  readonly waitMs?: number;
}

/** All of it throws UserError with one line for whatever file system, disk or other processes do. */
export interface Database {
  /** As it was opened: absolute. */
  readonly file: string;
  read<T>(work: (db: DatabaseSync) => T): Promise<T>;
  /** All or nothing. May be run again where another writer came first. */
  write<T>(work: (db: DatabaseSync) => T, doing?: 'written' | 'tidied up'): Promise<T>;
  close(): void;
}

/** A sweep that is written takes well under a second; so long a wait is for slow network volumes. */
const PATIENCE_MS = 10_000;
/** SQLite waits without letting anything else happen: short, and then the event loop has a turn. */
const SQLITE_WAIT_MS = 100;
const PAUSE_MS = 25;

/** Throws UserError. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const file = resolve(options.file);
  const waitMs = options.waitMs ?? PATIENCE_MS;
  const patiently = async <T>(doing: Attempt['doing'], work: () => T): Promise<T> => {
    const until = performance.now() + waitMs;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= until) throw troubleOf(error, { file, doing, waitMs });
      }
      await pause(PAUSE_MS);
    }
  };
  await patiently('opened', () => makeFile(file, options.create));
  const db = await patiently('opened', () => openSqlite(file));
  try {
    await patiently('opened', () => {
      db.exec(settings(Math.min(SQLITE_WAIT_MS, waitMs)));
      bringUpToDate(db, file);
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    file,
    read: (work) => patiently('read', () => work(db)),
    write: (work, doing = 'written') => patiently(doing, () => inTransaction(db, () => work(db))),
    close: () => db.close(),
  };
}

/**
 * EXTRA also syncs the folder once the journal is unlinked: without it a power cut may bring the journal back, and with it undo
 * what was committed (https://www.sqlite.org/pragma.html#pragma_synchronous). The other two are for files made by strangers
 * (https://www.sqlite.org/security.html).
 */
function settings(busyTimeoutMs: number): string {
  return `PRAGMA busy_timeout = ${busyTimeoutMs};
    PRAGMA synchronous = EXTRA;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;`;
}

function makeFile(file: string, create: boolean): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() === true) return;
  const hint = 'name a file with --history FILE, or go without: --history none';
  if (found !== undefined)
    throw new UserError(`The history ${file} is ${found.isDirectory() ? 'a folder' : 'not a file'}`, { hint });
  if (!create) {
    throw new UserError(`There is no history ${file}`, {
      hint: 'kprobe sweep makes one; --history FILE names another',
    });
  }
  makeFolder(dirname(file));
  // Recordings tell much of a cluster: they are for this user's eyes.
  closeSync(openSync(file, 'a', 0o600));
}

/** Not `recursive: true`: Node then tries for ever in folders that take no folders (/proc), and says ENOENT for a full disk. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function bringUpToDate(db: DatabaseSync, file: string): void {
  const { application, version, isEmpty } = headerOf(db);
  if (application !== APPLICATION_ID && !(isEmpty && version === 0)) {
    throw new UserError(`The history ${file} is a database of another program`, {
      hint: 'kprobe does not touch it: name another file with --history FILE',
    });
  }
  if (version > MIGRATIONS.length) {
    throw new UserError(
      `The history ${file} was made by a newer kprobe (version ${version}; this one knows ${MIGRATIONS.length})`,
      { hint: 'upgrade kprobe, or name another file with --history FILE' },
    );
  }
  if (version < MIGRATIONS.length) migrate(db);
}

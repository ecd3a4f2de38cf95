/** What SQLite and the file system say, as one line that a user can act upon. */
import { duration } from '../model/format.ts';
import { UserError } from '../model/user-error.ts';

/** Where it happened: what was to be done with which file, and how long others were waited for. */
export interface Attempt {
  readonly file: string;
  readonly doing: 'opened' | 'read' | 'written' | 'tidied up';
  readonly waitMs: number;
}

interface Trouble {
  says(attempt: Attempt): string;
  hint(attempt: Attempt): string;
}

/** Result codes by number: https://www.sqlite.org/rescode.html. The low byte is the primary code, the rest says more. */
const SQLITE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
} as const;
/** SQLITE_IOERR_UNLOCK, _RDLOCK, _CHECKRESERVEDLOCK and _LOCK. */
const LOCK_ERRORS: ReadonlySet<number> = new Set([2058, 2314, 3594, 3850]);
/** SQLITE_READONLY_DBMOVED. */
const MOVED = 1032;

const ANOTHER = 'name another file with --history FILE, or go without: --history none';

/** Nothing but the user may decide that a history is worthless. */
const damaged: Trouble = {
  says: ({ file }) => `The history ${file} is damaged, or is no history`,
  hint: ({ file }) => `kprobe does not overwrite it: mv ${file} ${file}.damaged lets the next sweep begin a new one`,
};
const readOnly: Trouble = {
  says: ({ file, doing }) =>
    `The history ${file} cannot be ${doing}: the file or its folder is read-only for this user`,
  hint: () => ANOTHER,
};
const moved: Trouble = {
  says: ({ file }) => `The history ${file} was moved or deleted while it was open`,
  hint: () => 'the next sweep begins a new one, unless it is put back',
};
const lockless: Trouble = {
  says: ({ file }) => `The history ${file} cannot be locked: its file system has no working file locks`,
  hint: () => `on NFS they need a lock service; ${ANOTHER}`,
};
/** SQLite turns ENOLCK, which NFS without a lock service answers, into SQLITE_BUSY too (os_unix.c). */
const busy: Trouble = {
  says: ({ file, waitMs }) =>
    `The history ${file} is locked: another process has not let go of it for ${duration(waitMs)}`,
  hint: ({ file }) =>
    `fuser ${file} names the process; if there is none, its file system has no working locks: ${ANOTHER}`,
};
const inaccessible: Trouble = {
  says: ({ file, doing }) => `The history ${file} cannot be ${doing}: the file or its folder is not accessible`,
  hint: () => `SQLite keeps a journal beside the file, so the folder must be writable too; ${ANOTHER}`,
};
const full: Trouble = {
  says: ({ file, doing }) => `The history ${file} cannot be ${doing}: no space is left on its volume`,
  hint: () => 'make room, give the volume more, or keep less (`history: { keep: 7d }` in the sweep file)',
};
const failing: Trouble = {
  says: ({ file, doing }) => `The history ${file} cannot be ${doing}: its volume answers with an error`,
  hint: () => `dmesg may tell more; ${ANOTHER}`,
};

const BY_SQLITE_CODE: Readonly<Record<number, Trouble>> = {
  [SQLITE.busy]: busy,
  [SQLITE.locked]: busy,
  [SQLITE.readOnly]: readOnly,
  [SQLITE.ioError]: failing,
  [SQLITE.corrupt]: damaged,
  [SQLITE.full]: full,
  [SQLITE.cannotOpen]: inaccessible,
  [SQLITE.protocol]: lockless,
  [SQLITE.notADatabase]: damaged,
};

const BY_SYSTEM_CODE: Readonly<Record<string, Trouble>> = {
  EACCES: inaccessible,
  EPERM: inaccessible,
  EROFS: readOnly,
  ENOSPC: full,
  EDQUOT: full,
};

/** Whether another process holds the lock, so that it is worth trying again. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && ((code & 0xff) === SQLITE.busy || (code & 0xff) === SQLITE.locked);
}

/** What is neither SQLite's nor the file system's is returned as it is: a bug. */
export function troubleOf(error: unknown, attempt: Attempt): unknown {
  const known = knownTrouble(error);
  if (known !== null) return new UserError(known.says(attempt), { hint: known.hint(attempt), cause: error });
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (error instanceof UserError || typeof code !== 'string' || !/^(?:E[A-Z]+|ERR_SQLITE_ERROR)$/u.test(code))
    return error;
  const why = code === 'ERR_SQLITE_ERROR' ? String(message) : code;
  return new UserError(`The history ${attempt.file} cannot be ${attempt.doing} (${why})`, {
    hint: ANOTHER,
    cause: error,
  });
}

/** A history that SQLite can read and kprobe cannot. */
export function damage(attempt: Attempt, cause: unknown): UserError {
  return new UserError(damaged.says(attempt), { hint: damaged.hint(attempt), cause });
}

function knownTrouble(error: unknown): Trouble | null {
  const code = sqliteCode(error);
  if (code === MOVED) return moved;
  if (code !== null) return (LOCK_ERRORS.has(code) ? lockless : BY_SQLITE_CODE[code & 0xff]) ?? null;
  return BY_SYSTEM_CODE[String((error as NodeJS.ErrnoException | null)?.code)] ?? null;
}

/** node:sqlite puts SQLite's extended result code into `errcode`. */
function sqliteCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

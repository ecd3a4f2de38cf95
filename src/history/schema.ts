/** The tables of a history, and how an older file becomes a newer one. */
import type { DatabaseSync } from 'node:sqlite';

/** `PRAGMA application_id` of a history: the bytes `kprb`. */
export const APPLICATION_ID = 0x6b707262;

/** The changes that a list of sweeps shows; the partial index of `result` has them written out. */
export const TURNS = `('new', 'gone', 'worse', 'better')`;

/**
 * Migration N makes version N + 1 of version N; what is released is never edited. Results lie by target, so that one target's
 * past is read in one go; the whole report is kept once for each series, to be compared with. `sweep` rises with arrival: clocks jump.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE cluster (
     id INTEGER PRIMARY KEY,
     uid TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL
   ) STRICT;
   CREATE TABLE sweep (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     cluster INTEGER NOT NULL REFERENCES cluster (id),
     series TEXT NOT NULL,
     run TEXT NOT NULL,
     started_ms INTEGER NOT NULL,
     took_ms REAL NOT NULL,
     status TEXT NOT NULL,
     summary TEXT NOT NULL,
     healthy INTEGER NOT NULL,
     faulty INTEGER NOT NULL,
     inconclusive INTEGER NOT NULL,
     unmeasured INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX sweep_of_cluster ON sweep (cluster);
   CREATE TABLE report (
     sweep INTEGER PRIMARY KEY REFERENCES sweep (id) ON DELETE CASCADE,
     cluster INTEGER NOT NULL,
     series TEXT NOT NULL,
     gzipped BLOB NOT NULL,
     UNIQUE (cluster, series)
   ) STRICT;
   CREATE TABLE target (
     id INTEGER PRIMARY KEY,
     cluster INTEGER NOT NULL REFERENCES cluster (id),
     key TEXT NOT NULL,
     UNIQUE (key, cluster)
   ) STRICT;
   CREATE TABLE result (
     target INTEGER NOT NULL,
     sweep INTEGER NOT NULL,
     state TEXT NOT NULL,
     change TEXT NOT NULL,
     diagnosis TEXT,
     says TEXT,
     attempts INTEGER NOT NULL,
     p50_ms REAL,
     p90_ms REAL,
     p99_ms REAL,
     lost_share REAL,
     PRIMARY KEY (target, sweep)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX result_turning ON result (sweep) WHERE change IN ${TURNS};
   CREATE TABLE recording (
     id INTEGER PRIMARY KEY,
     target INTEGER NOT NULL,
     sweep INTEGER NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,
     turning INTEGER NOT NULL,
     gzipped BLOB NOT NULL,
     UNIQUE (target, sweep)
   ) STRICT;
   CREATE INDEX recording_of_sweep ON recording (sweep);`,
];

/** What the header of the file says, without touching anything. */
export function headerOf(db: DatabaseSync): { application: number; version: number; isEmpty: boolean } {
  const application = number(db, 'PRAGMA application_id', 'application_id');
  const version = number(db, 'PRAGMA user_version', 'user_version');
  const isEmpty = number(db, 'SELECT count(*) AS objects FROM sqlite_schema', 'objects') === 0;
  return { application, version, isEmpty };
}

/**
 * Brings the file up to date, each step in a transaction of its own. Two processes may do it at once: the second waits, and
 * finds it done. Throws SQLite's errors; what a failed step began is undone.
 */
export function migrate(db: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  // Only an empty file takes this; without it a history never gives room back.
  if (headerOf(db).isEmpty) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  for (const [index, migration] of migrations.entries()) {
    inTransaction(db, () => {
      if (headerOf(db).version !== index) return;
      db.exec(migration);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}`);
    });
  }
}

/** IMMEDIATE: a reader that becomes a writer half way could only fail where another became one before it. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** After some errors (full disk, failing disk) SQLite has rolled back already, and says that there is nothing to roll back. */
function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // The first error is the one to be told.
  }
}

function number(db: DatabaseSync, sql: string, column: string): number {
  return Number(db.prepare(sql).get()?.[column] ?? 0);
}

/** Node's own SQLite, without the warning that Node 22 prints once for it. */
import type { DatabaseSync } from 'node:sqlite';

/** Node 22.19 still says `SQLite is an experimental feature and might change at any time`; 24 no longer does. */
const NOTICE = /^SQLite is an experimental feature/u;

/**
 * Opens a database file. Loaded on first use: most commands have no history. The notice is swallowed while the module loads,
 * which takes no turn of the event loop, so that no other warning can be lost.
 */
export function openSqlite(file: string): DatabaseSync {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...more: never[]) => {
    if (!NOTICE.test(String(warning))) emitWarning.call(process, warning, ...more);
  };
  try {
    const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite');
    return new Database(file);
  } finally {
    process.emitWarning = emitWarning;
  }
}

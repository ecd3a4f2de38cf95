/** What a history lets go of after each sweep: in small transactions, so that nobody waits long for the lock. */
import type { DatabaseSync } from 'node:sqlite';
import type { Database } from './database.ts';
import type { Limits } from './limits.ts';

/** Sweeps that go at one time: 200 targets each, well under a second. What is left over goes with the next sweeps. */
const SWEEPS_AT_ONCE = 200;
/** Where room is short a twentieth goes, so that not every sweep has to make room. */
const SHARE_AT_ONCE = 0.05;
/** Free pages that stay for the next sweeps, and how many are given back to the volume at one time (4 KiB each). */
const SPARE_PAGES = 512;
const PAGES_AT_ONCE = 4096;

/** The newest sweep of a cluster stays, however old: a sweep after a long pause has something to compare with. */
const NEWEST = 'SELECT max(id) FROM sweep GROUP BY cluster';
const TOO_OLD = `SELECT id FROM sweep WHERE started_ms < ? AND id NOT IN (${NEWEST}) ORDER BY id LIMIT ?`;
const OLDEST = `SELECT id FROM sweep WHERE id NOT IN (${NEWEST}) ORDER BY id LIMIT ?`;

const TOO_MANY_RECORDINGS = `
  DELETE FROM recording WHERE id IN (
    SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY target, turning ORDER BY sweep DESC) AS rank FROM recording)
    WHERE rank > ?)`;
const TOO_LARGE_RECORDINGS = `
  DELETE FROM recording WHERE id IN (
    SELECT id FROM (SELECT id, sum(length(gzipped)) OVER (ORDER BY sweep DESC, turning DESC, id) AS bytes FROM recording)
    WHERE bytes > ?)`;

/** Throws UserError; the sweep that was written before is kept all the same. */
export async function tidyUp(database: Database, limits: Limits, nowMs: number): Promise<void> {
  await database.write((db) => {
    db.prepare(TOO_MANY_RECORDINGS).run(limits.recordingsOfTarget);
    db.prepare(TOO_LARGE_RECORDINGS).run(Math.floor(limits.recordingBytes));
    forget(db, idsOf(db, TOO_OLD, nowMs - limits.keepMs, SWEEPS_AT_ONCE));
  }, 'tidied up');
  if (await database.read((db) => bytesInUse(db) > limits.bytes)) {
    await database.write((db) => {
      const sweeps = Number(db.prepare('SELECT count(*) AS sweeps FROM sweep').get()?.['sweeps']);
      const most = Math.min(SWEEPS_AT_ONCE, Math.ceil(sweeps * SHARE_AT_ONCE));
      forget(db, idsOf(db, OLDEST, most));
    }, 'tidied up');
  }
  const spare = await database.read((db) => pragma(db, 'freelist_count') - SPARE_PAGES);
  if (spare > 0) {
    const pages = Math.min(spare, PAGES_AT_ONCE);
    await database.write((db) => db.exec(`PRAGMA incremental_vacuum(${pages})`), 'tidied up');
  }
}

/** Results lie by target: one look-up for each target and sweep, no scan. */
function forget(db: DatabaseSync, sweeps: readonly number[]): void {
  if (sweeps.length === 0) return;
  const ids = JSON.stringify(sweeps);
  db.prepare(
    `DELETE FROM result WHERE target IN (SELECT id FROM target) AND sweep IN (SELECT value FROM json_each(?))`,
  ).run(ids);
  db.prepare('DELETE FROM sweep WHERE id IN (SELECT value FROM json_each(?))').run(ids);
  db.exec('DELETE FROM target WHERE NOT EXISTS (SELECT 1 FROM result WHERE result.target = target.id)');
}

function idsOf(db: DatabaseSync, sql: string, ...values: readonly number[]): number[] {
  return db
    .prepare(sql)
    .all(...values)
    .map((row) => Number(row['id']));
}

function bytesInUse(db: DatabaseSync): number {
  return (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size');
}

function pragma(db: DatabaseSync, name: 'page_count' | 'freelist_count' | 'page_size'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

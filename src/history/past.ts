/** Reading a history: past sweeps, the past of one target, a recording. */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HISTORY_SCHEMA, PastResult, PastSweep, type SweepHistory, type TargetHistory } from '../model/history.ts';
import { openDatabase } from './database.ts';
import { TURNS } from './schema.ts';
import { damage } from './trouble.ts';

/** All of it throws UserError. */
export interface Past {
  /** The last `limit` sweeps of each cluster. */
  sweeps(limit: number): Promise<SweepHistory>;
  /** The last `limit` results of the target with this key, in each cluster that has one. */
  ofTarget(key: string, limit: number): Promise<TargetHistory>;
  /** The keys of all targets. */
  targets(): Promise<string[]>;
  /** The JSON of a recording of this target: of this run, or the newest there is. null: none is kept. */
  recording(key: string, run: string | null): Promise<Uint8Array | null>;
  close(): void;
}

type Row = Record<string, SQLOutputValue>;

/** As src/recording/load.ts, which has to read it again. */
const LARGEST_RECORDING_BYTES = 256 * 1024 * 1024;

const SWEEPS = `
  SELECT *, (
    SELECT json_group_array(json_object('key', target.key, 'change', result.change))
    FROM result JOIN target ON target.id = result.target
    WHERE result.sweep = sweep.id AND result.change IN ${TURNS}
  ) AS changed
  FROM sweep WHERE cluster = ? ORDER BY id DESC LIMIT ?`;
const RESULTS = `
  SELECT result.*, sweep.run, sweep.started_ms,
    EXISTS (SELECT 1 FROM recording WHERE recording.target = result.target AND recording.sweep = result.sweep) AS has_recording
  FROM result JOIN sweep ON sweep.id = result.sweep
  WHERE result.target = ? ORDER BY result.sweep DESC LIMIT ?`;
const CLUSTERS_OF_TARGET = `
  SELECT target.id AS target, cluster.*,
    (SELECT count(*) FROM result WHERE result.target = target.id) AS kept
  FROM target JOIN cluster ON cluster.id = target.cluster WHERE target.key = ? ORDER BY cluster.name, cluster.uid`;
const RECORDING = `
  SELECT recording.gzipped FROM recording
  JOIN target ON target.id = recording.target JOIN sweep ON sweep.id = recording.sweep
  WHERE target.key = ?1 AND (?2 IS NULL OR sweep.run = ?2) ORDER BY recording.sweep DESC LIMIT 1`;

/** Throws UserError, also where there is no such file. */
export async function openPast(options: { readonly file: string; readonly waitMs?: number }): Promise<Past> {
  const database = await openDatabase({ ...options, create: false });
  const { file } = database;
  /** A row that is not what kprobe wrote. */
  const whole = <T>(read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      throw damage({ file, doing: 'read', waitMs: 0 }, cause);
    }
  };
  return {
    async sweeps(limit) {
      const rows = await database.read((db) =>
        clusters(db).map((row) => ({ row, sweeps: db.prepare(SWEEPS).all(Number(row['id']), limit) })),
      );
      const read = ({ row, sweeps }: (typeof rows)[number]) => ({ ...clusterOf(row), sweeps: sweeps.map(sweepOf) });
      return { schema: HISTORY_SCHEMA, file, clusters: whole(() => rows.map(read)) };
    },
    async ofTarget(key, limit) {
      const rows = await database.read((db) =>
        db
          .prepare(CLUSTERS_OF_TARGET)
          .all(key)
          .map((row) => ({ row, results: db.prepare(RESULTS).all(Number(row['target']), limit) })),
      );
      const read = ({ row, results }: (typeof rows)[number]) => ({ ...clusterOf(row), results: results.map(resultOf) });
      return { schema: HISTORY_SCHEMA, file, target: key, clusters: whole(() => rows.map(read)) };
    },
    async targets() {
      const rows = await database.read((db) => db.prepare('SELECT DISTINCT key FROM target ORDER BY key').all());
      return rows.map((row) => String(row['key']));
    },
    async recording(key, run) {
      const row = await database.read((db) => db.prepare(RECORDING).get(key, run));
      if (row === undefined) return null;
      return promisify(gunzip)(row['gzipped'] as Uint8Array, { maxOutputLength: LARGEST_RECORDING_BYTES }).catch(
        (cause: unknown) => {
          throw damage({ file, doing: 'read', waitMs: 0 }, cause);
        },
      );
    },
    close: () => database.close(),
  };
}

function clusters(db: DatabaseSync): Row[] {
  return db
    .prepare(
      `SELECT *, (SELECT count(*) FROM sweep WHERE sweep.cluster = cluster.id) AS kept FROM cluster ORDER BY name, uid`,
    )
    .all();
}

function clusterOf(row: Row): { cluster: { id: string; name: string }; kept: number } {
  return { cluster: { id: String(row['uid']), name: String(row['name']) }, kept: Number(row['kept']) };
}

function sweepOf(row: Row): PastSweep {
  const { healthy, faulty, inconclusive, unmeasured } = row;
  return PastSweep.parse({
    run: row['run'],
    series: row['series'],
    startedAt: timeOf(row),
    tookMs: row['took_ms'],
    status: row['status'],
    summary: row['summary'],
    targets: { healthy, faulty, inconclusive, unmeasured },
    changed: JSON.parse(String(row['changed'])) as unknown,
  });
}

function resultOf(row: Row): PastResult {
  const [p50Ms, p90Ms, p99Ms] = [row['p50_ms'], row['p90_ms'], row['p99_ms']];
  return PastResult.parse({
    run: row['run'],
    startedAt: timeOf(row),
    state: row['state'],
    change: row['change'],
    diagnosis: row['diagnosis'],
    says: row['says'],
    attempts: row['attempts'],
    percentiles: p50Ms === null ? null : { p50Ms, p90Ms, p99Ms },
    lostShare: row['lost_share'],
    hasRecording: row['has_recording'] === 1,
  });
}

function timeOf(row: Row): string {
  return new Date(Number(row['started_ms'])).toISOString();
}

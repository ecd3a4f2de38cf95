/** The history of sweeps in one SQLite file: what the next sweep is compared with, and where it is kept. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { SweepReport } from '../model/sweep.ts';
import { UserError } from '../model/user-error.ts';
import type { History } from '../sweep/history-port.ts';
import { openDatabase } from './database.ts';
import { insertSweep } from './insert.ts';
import { type Limits, limitsFor } from './limits.ts';
import { packRecordings } from './recordings.ts';
import { tidyUp } from './tidy-up.ts';
import { damage } from './trouble.ts';

export interface HistoryOptions {
  /** Made where it is not there, with the folders above it. */
  readonly file: string;
  readonly keepMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Limits other than those that fit the volume. */
  readonly limits?: Partial<Limits>;
  /** How long another process may hold the lock. */
  readonly waitMs?: number;
}

/** No report is that large: 5,000 targets are some 100 MB. */
const LARGEST_REPORT_BYTES = 400 * 1024 * 1024;

const LAST_REPORT = `
  SELECT report.gzipped FROM report JOIN cluster ON cluster.id = report.cluster
  WHERE cluster.uid = ? AND report.series = ?`;

/**
 * Opens or makes a history. Any number of processes may have one open. Throws UserError, as all of its methods do: for a file
 * that is corrupt, locked for long, newer than this kprobe, not accessible, or a volume that is full.
 */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const database = await openDatabase({ ...options, create: true });
  const limits = { ...limitsFor(database.file, options.keepMs), ...options.limits };
  return {
    async last({ cluster, series }) {
      const row = await database.read((db) => db.prepare(LAST_REPORT).get(cluster.id, series));
      return row === undefined ? null : unpackReport(row['gzipped'] as Uint8Array, database.file);
    },
    async add(report, recordings) {
      const gzipped = await promisify(gzip)(JSON.stringify(report));
      const packed = await packRecordings(report, recordings, limits.recordingBytes);
      await database.write((db) => insertSweep(db, { report, gzipped, recordings: packed, now: options.now() }));
      await tidyUp(database, limits, options.now());
    },
    close: () => database.close(),
  };
}

async function unpackReport(gzipped: Uint8Array, file: string): Promise<SweepReport> {
  const unpacked = await promisify(gunzip)(gzipped, { maxOutputLength: LARGEST_REPORT_BYTES })
    .then((json) => JSON.parse(json.toString()) as unknown)
    .catch((cause: unknown) => {
      throw damage({ file, doing: 'read', waitMs: 0 }, cause);
    });
  const parsed = SweepReport.safeParse(unpacked);
  if (parsed.success) return parsed.data;
  throw new UserError(`The last sweep in ${file} was written by another version of kprobe: nothing to compare with`, {
    hint: 'from the next sweep on it is compared again',
    cause: parsed.error,
  });
}

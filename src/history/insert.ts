/** A report → rows. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { SweepReport, TargetReport } from '../model/sweep.ts';
import type { PackedRecording } from './recordings.ts';

export interface NewSweep {
  readonly report: SweepReport;
  /** The whole report. */
  readonly gzipped: Uint8Array;
  readonly recordings: readonly PackedRecording[];
  /** For a report whose own start is no time. */
  readonly now: number;
}

const INSERT_SWEEP = `
  INSERT INTO sweep (cluster, series, run, started_ms, took_ms, status, summary, healthy, faulty, inconclusive, unmeasured)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_CLUSTER = `
  INSERT INTO cluster (uid, name) VALUES (?, ?) ON CONFLICT (uid) DO UPDATE SET name = excluded.name RETURNING id`;
/** It sets what is there already, because only then the row is returned. */
const INSERT_TARGET = `
  INSERT INTO target (cluster, key) VALUES (?, ?) ON CONFLICT (key, cluster) DO UPDATE SET key = excluded.key RETURNING id`;
/** A target that a report has twice counts once. */
const INSERT_RESULT = `
  INSERT OR IGNORE INTO result
    (target, sweep, state, change, diagnosis, says, attempts, p50_ms, p90_ms, p99_ms, lost_share)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const INSERT_RECORDING = `
  INSERT OR IGNORE INTO recording (target, sweep, turning, gzipped) VALUES (?, ?, ?, ?)`;

/** Within a transaction of the caller's. */
export function insertSweep(db: DatabaseSync, { report, gzipped, recordings, now }: NewSweep): void {
  const cluster = idOf(db.prepare(INSERT_CLUSTER).get(report.cluster.id, report.cluster.name));
  const inserted = db.prepare(INSERT_SWEEP).run(...sweepRow(report, cluster, now));
  const sweep = Number(inserted.lastInsertRowid);
  db.prepare('DELETE FROM report WHERE cluster = ? AND series = ?').run(cluster, report.series);
  db.prepare('INSERT INTO report (sweep, cluster, series, gzipped) VALUES (?, ?, ?, ?)').run(
    sweep,
    cluster,
    report.series,
    gzipped,
  );
  const [insertTarget, insertResult] = [db.prepare(INSERT_TARGET), db.prepare(INSERT_RESULT)];
  const ids = new Map<string, number>();
  for (const target of report.targets) {
    const id = idOf(insertTarget.get(cluster, target.key));
    ids.set(target.key, id);
    insertResult.run(id, sweep, ...resultRow(target));
  }
  const insertRecording = db.prepare(INSERT_RECORDING);
  for (const recording of recordings) {
    const target = ids.get(recording.key);
    if (target !== undefined) insertRecording.run(target, sweep, Number(recording.isTurning), recording.gzipped);
  }
}

function sweepRow({ run, series, status, summary, targets }: SweepReport, cluster: number, now: number) {
  const startedMs = Date.parse(run.startedAt);
  const inState = (state: TargetReport['state']) => targets.filter((target) => target.state === state).length;
  return [
    cluster,
    series,
    run.id,
    Number.isFinite(startedMs) ? startedMs : now,
    run.tookMs,
    status,
    summary,
    inState('healthy'),
    inState('faulty'),
    inState('inconclusive'),
    inState('unmeasured'),
  ] satisfies SQLInputValue[];
}

/** Nine rows of ten say "healthy as before": that is left out. */
function resultRow({ state, change, says, verdict, latency }: TargetReport) {
  const isQuiet = state === 'healthy' && change === 'same';
  return [
    state,
    change,
    verdict?.findings[0]?.diagnosis ?? null,
    isQuiet ? null : says,
    Math.round(latency?.attempts ?? 0),
    latency?.percentiles?.p50Ms ?? null,
    latency?.percentiles?.p90Ms ?? null,
    latency?.percentiles?.p99Ms ?? null,
    latency?.lost.share ?? null,
  ] satisfies SQLInputValue[];
}

function idOf(row: Record<string, unknown> | undefined): number {
  return Number(row?.['id']);
}

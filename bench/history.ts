/**
 * `npm run bench:history`: a writer killed a hundred times at random moments loses at most the sweep it was writing; a history of
 * 10,000 sweeps of 200 targets is opened, asked and added to quickly. Exits 1 where that is not so.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openHistory } from '../src/history/history.ts';
import { openPast } from '../src/history/past.ts';
import type { SweepReport } from '../src/model/sweep.ts';
import { killWriters } from '../test/history/killing.ts';
import { CLUSTER, DAY_MS, EPOCH_MS, fault, report, SERIES, startOf, target } from '../test/history/make.ts';
import { recording } from '../test/judge/make.ts';
import { verdict } from '../test/render/samples.ts';

const KILLS = 100;
const KEEP = 30;
/** About as long as one sweep takes to be written, so that a kill falls into any part of it. */
const WITHIN_MS = 60;
const SWEEPS = 10_000;
const TARGETS = 200;
/** Nobody notices less; a busy machine is allowed some more. */
const LIMIT_MS = { last: 500, ofTarget: 2000, sweeps: 500, add: 3000 };

const folder = mkdtempSync(join(tmpdir(), 'kprobe-bench-history-'));
const say = (line: string) => process.stdout.write(`${line}\n`);
const complaints = [...(await kills()), ...(await large())];
rmSync(folder, { recursive: true });
for (const complaint of complaints) say(`failed: ${complaint}`);
process.exitCode = complaints.length === 0 ? 0 : 1;

async function kills(): Promise<readonly string[]> {
  const file = join(folder, 'killed.sqlite');
  const started = performance.now();
  const killed = await killWriters({ file, times: KILLS, keep: KEEP, withinMs: WITHIN_MS, random: Math.random });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  say(
    `${KILLS} kills in ${seconds} s: ${killed.sweeps} sweeps written, ${killed.undone} times SQLite had to undo a part of one`,
  );
  return killed.undone > 0 ? killed.faults : [...killed.faults, 'no kill fell into a write: the kills prove nothing'];
}

async function large(): Promise<readonly string[]> {
  const file = join(folder, 'large.sqlite');
  const options = { file, keepMs: 10_000 * DAY_MS, now: () => startOf(SWEEPS) };
  (await openHistory(options)).close();
  fill(file);
  const history = await openHistory(options);
  const faulty = new Map([['shop/7', recording()]]);
  const took = {
    add: await timed(() => history.add(fullReport(), faulty)),
    last: await timed(() => history.last({ cluster: CLUSTER, series: SERIES })),
    ofTarget: 0,
    sweeps: 0,
  };
  history.close();
  const past = await openPast({ file });
  took.ofTarget = await timed(() => past.ofTarget('shop/7', SWEEPS));
  took.sweeps = await timed(() => past.sweeps(20));
  past.close();
  const mebibytes = (statSync(file).size / 2 ** 20).toFixed(0);
  const times = Object.entries(took).map(([what, ms]) => `${what} ${ms.toFixed(0)} ms`);
  say(`${SWEEPS} sweeps of ${TARGETS} targets (${mebibytes} MiB): ${times.join(', ')}`);
  return Object.entries(LIMIT_MS).flatMap(([what, limit]) => {
    const ms = took[what as keyof typeof took];
    return ms > limit ? [`${what} took ${ms.toFixed(0)} ms, more than ${limit} ms`] : [];
  });
}

/** The file itself, as fast as SQLite can: adding ten thousand sweeps one by one takes many minutes. */
function fill(file: string): void {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA synchronous = OFF;
    BEGIN;
    CREATE TEMP TABLE number AS WITH RECURSIVE up (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM up LIMIT ${SWEEPS})
      SELECT value FROM up;
    INSERT INTO cluster VALUES (1, '${CLUSTER.id}', '${CLUSTER.name}');
    INSERT INTO target SELECT value, 1, 'shop/' || value FROM number LIMIT ${TARGETS};
    INSERT INTO sweep SELECT value, 1, '${SERIES}', hex(randomblob(4)), ${EPOCH_MS} + value * 600000, 42000, 'healthy',
      'all is well', ${TARGETS}, 0, 0, 0 FROM number;
    INSERT INTO result SELECT target.value, sweep.value, 'healthy', iif(sweep.value % 97 = 0, 'gone', 'same'), NULL, NULL, 10,
      3 + target.value % 7 + 0.137, 4.213, 9.731, 0 FROM number AS target, number AS sweep
      WHERE target.value <= ${TARGETS} ORDER BY target.value, sweep.value;
    COMMIT;`);
  db.close();
}

function fullReport(): SweepReport {
  const targets = Array.from({ length: TARGETS }, (_, index) =>
    index % 10 === 0 ? fault({ key: `shop/${index + 1}` }) : target({ key: `shop/${index + 1}`, verdict: verdict() }),
  );
  return report(SWEEPS, targets);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

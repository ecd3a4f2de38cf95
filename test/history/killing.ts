/** A writer that is killed again and again, and what must then be true of its history. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openHistory } from '../../src/history/history.ts';
import { openPast } from '../../src/history/past.ts';
import { CLUSTER, startOf } from './make.ts';

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));
const SERIES = 'killed';
/** Far more than a writer manages before it is killed. */
const ENDLESS = 1_000_000;
const WARM_UP_SWEEPS = 2;

export interface Killed {
  /** Kills after which SQLite had something to undo. */
  readonly undone: number;
  readonly sweeps: number;
  /** What was not as it must be; empty: all is well. */
  readonly faults: readonly string[];
}

/**
 * Kills a writer `times` times, each between 0 and `withinMs` after it has begun to write, and looks at the file after each.
 * `random` is between 0 and 1.
 */
export async function killWriters(given: {
  readonly file: string;
  readonly times: number;
  readonly keep: number;
  readonly withinMs: number;
  readonly random: () => number;
}): Promise<Killed> {
  const faults: string[] = [];
  let [undone, told] = [0, -1];
  for (let kill = 0; kill < given.times; kill++) {
    told = Math.max(told, await killOne(given));
    if (hasJournal(given.file)) undone++;
    faults.push(...(await look(given.file, told, given.keep)).map((fault) => `kill ${kill}: ${fault}`));
  }
  return { undone, sweeps: told + 1, faults };
}

/** Returns the number of the last sweep that the writer said was kept. */
async function killOne(given: Parameters<typeof killWriters>[0]): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, given.file, SERIES, String(ENDLESS), String(given.keep)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = new Promise<void>((resolve) => writer.once('close', () => resolve()));
  let said = '';
  await new Promise<void>((resolve) => {
    writer.once('close', () => resolve());
    writer.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.split('\n').length > WARM_UP_SWEEPS) resolve();
    });
  });
  await pause(given.random() * given.withinMs);
  writer.kill('SIGKILL');
  await closed;
  return Number(said.trimEnd().split('\n').at(-1) || -1);
}

/** Read before anybody opens the file: opening undoes what was half done. */
function hasJournal(file: string): boolean {
  return existsSync(`${file}-journal`);
}

/** `told`: the last sweep that was said to be kept. Only the one after it may be there or not. */
async function look(file: string, told: number, keep: number): Promise<string[]> {
  const history = await openHistory({ file, keepMs: startOf(keep) - startOf(0), now: () => startOf(0) });
  const last = await history.last({ cluster: CLUSTER, series: SERIES });
  history.close();
  const past = await openPast({ file });
  const [sweeps, results] = [await past.sweeps(ENDLESS), await past.ofTarget('shop/web', ENDLESS)];
  past.close();
  const db = new DatabaseSync(file);
  const integrity = String(db.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
  const orphans = Number(
    db.prepare('SELECT count(*) AS n FROM result WHERE sweep NOT IN (SELECT id FROM sweep)').get()?.['n'],
  );
  db.close();
  const runs = (sweeps.clusters[0]?.sweeps ?? []).map(({ run }) => run);
  const newest = Number(last?.run.id.replace('run-', '') ?? -1);
  const expected = Array.from({ length: Math.min(newest, keep) + 1 }, (_, index) => `run-${newest - index}`);
  return [
    ...(integrity === 'ok' ? [] : [`integrity_check says ${integrity}`]),
    ...(newest === told || newest === told + 1 ? [] : [`sweep ${told} was kept, the last one is ${newest}`]),
    ...(runs.slice(0, expected.length).join() === expected.join() ? [] : [`after ${newest} there are ${runs.join()}`]),
    ...(runs.length <= expected.length + 1 ? [] : [`${runs.length} sweeps of ${keep} are still there`]),
    ...(results.clusters[0]?.results.length === runs.length ? [] : ['results and sweeps do not agree']),
    ...(orphans === 0 ? [] : [`${orphans} results belong to no sweep`]),
  ];
}

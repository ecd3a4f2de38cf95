/**
 * `volume.ts FOLDER`: on a small volume mounted there, in a mount namespace of its own, what a history says when the volume is full,
 * when there is room again, and when it is read-only; as JSON on stdout.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openHistory } from '../../src/history/history.ts';
import { openPast } from '../../src/history/past.ts';
import { CLUSTER, DAY_MS, report, SERIES, startOf, target } from './make.ts';

const [folder = ''] = process.argv.slice(2);
const file = join(folder, 'history.sqlite');
const ballast = join(folder, 'ballast');
const HERE = { cluster: CLUSTER, series: SERIES };
const many = Array.from({ length: 200 }, (_, index) => target({ key: `shop/${index}` }));

async function tell(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : error;
  }
}
const add = (n: number) => history.add(report(n, many), new Map());

execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
const history = await openHistory({ file, keepMs: DAY_MS, now: () => startOf(0) });
await add(0);
const { bavail, bsize } = statfsSync(folder);
writeFileSync(ballast, Buffer.alloc((bavail - 1) * bsize));
const full = await tell(() => add(1));
const whileFull = await tell(async () => (await history.last(HERE))?.run.id);
rmSync(ballast);
const roomAgain = await tell(() => add(2));
const keptAgain = await tell(async () => (await history.last(HERE))?.run.id);
history.close();

// Of the mount alone: tmpfs names its owner as the first namespace does, and would not take that back here.
execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
const onReadOnly = await openHistory({ file, keepMs: DAY_MS, now: () => startOf(0) });
const lastReadOnly = await tell(async () => (await onReadOnly.last(HERE))?.run.id);
const addReadOnly = await tell(() => onReadOnly.add(report(3), new Map()));
onReadOnly.close();
const past = await openPast({ file });
const pastReadOnly = await tell(async () => (await past.sweeps(9)).clusters[0]?.kept);
past.close();
const newReadOnly = await tell(() =>
  openHistory({ file: join(folder, 'new', 'history.sqlite'), keepMs: DAY_MS, now: () => startOf(0) }),
);
process.stdout.write(
  JSON.stringify({ full, whileFull, roomAgain, keptAgain, lastReadOnly, addReadOnly, pastReadOnly, newReadOnly }),
);

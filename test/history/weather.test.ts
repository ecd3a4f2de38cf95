import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openHistory } from '../../src/history/history.ts';
import { openPast } from '../../src/history/past.ts';
import { UserError } from '../../src/model/user-error.ts';
import { CLUSTER, DAY_MS, fault, newFile, report, SERIES, startOf } from './make.ts';

const none = new Map();
const open = (file: string, waitMs = 0) => openHistory({ file, keepMs: 30 * DAY_MS, now: () => startOf(0), waitMs });

/** A history with one sweep of fifty targets. */
async function made(): Promise<string> {
  const file = newFile();
  const history = await open(file);
  const targets = Array.from({ length: 50 }, (_, index) => fault({ key: `shop/${index}` }));
  await history.add(report(0, targets), none);
  history.close();
  return file;
}

/** Opens, reads and writes: the one line of what goes wrong first, with its hint. */
async function trouble(file: string, waitMs = 0): Promise<string | null> {
  try {
    const history = await open(file, waitMs);
    try {
      await history.last({ cluster: CLUSTER, series: SERIES });
      await history.add(report(1), none);
      return null;
    } finally {
      history.close();
    }
  } catch (error) {
    if (error instanceof UserError) return `${error.message}\n${error.hint}`;
    throw error;
  }
}

function run(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

test.for<[string, (file: string) => void]>([
  ['is as it should be', () => undefined],
  ['is empty', (file) => writeFileSync(file, '')],
])('a history that %s gives no trouble', async ([, spoil]) => {
  const file = await made();
  spoil(file);
  expect(await trouble(file)).toBeNull();
});

test.for<[string, (file: string) => void, string]>([
  ['is not a database', (file) => writeFileSync(file, 'hello '.repeat(1000)), 'is damaged, or is no history'],
  ['lost its second half', (file) => truncateSync(file, 20_000), 'is damaged, or is no history'],
  ['lost all but its first bytes', (file) => truncateSync(file, 50), 'is damaged, or is no history'],
  ['has noise in its pages', spoilPages, 'is damaged, or is no history'],
  ['has lost a table', (file) => run(file, 'DROP TABLE report'), 'cannot be read (no such table: report)'],
  [
    'is of a newer kprobe',
    (file) => run(file, 'PRAGMA user_version = 99'),
    'was made by a newer kprobe (version 99; this',
  ],
  ['is of another program', (file) => run(file, 'PRAGMA application_id = 7'), 'is a database of another program'],
])('a history that %s is left as it is, in one line', async ([, spoil, says]) => {
  const file = await made();
  spoil(file);
  const before = readFileSync(file);
  const line = await trouble(file);
  expect(line).toContain(`The history ${file} ${says}`);
  expect(line?.split('\n')).toHaveLength(2);
  expect(readFileSync(file).equals(before)).toBe(true);
});

/** Everything after the header's page. */
function spoilPages(file: string): void {
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xa5, 4096));
}

test('a database of another program, with its own tables, is left alone', async () => {
  const file = newFile();
  run(file, 'CREATE TABLE theirs (a)');
  expect(await trouble(file)).toContain('is a database of another program');
});

test('damaged: the hint says how to begin anew, and that helps', async () => {
  const file = await made();
  writeFileSync(file, 'hello '.repeat(1000));
  const [, command] = /: (mv \S+ \S+)/u.exec((await trouble(file)) ?? '') ?? [];
  execFileSync('sh', ['-c', command ?? '']);
  expect(await trouble(file)).toBeNull();
});

test.for<[string, (file: string) => string, string]>([
  ['a folder', (file) => dirname(file), 'is a folder'],
  ['a device', () => '/dev/null', 'is not a file'],
  ['below a file', (file) => join(file, 'history.sqlite'), 'cannot be opened (ENOTDIR)'],
  ['where nothing can be made', () => '/proc/kprobe/history.sqlite', 'cannot be opened (ENOENT)'],
  ['a name that is too long', (file) => join(dirname(file), 'x'.repeat(300)), 'cannot be opened (ENAMETOOLONG)'],
])('%s cannot be a history', async ([, place, says]) => {
  const file = place(await made());
  expect(await trouble(file)).toContain(`The history ${file} ${says}`);
});

test('a folder in the way of the journal is trouble, not a crash', async () => {
  const file = await made();
  mkdirSync(`${file}-journal`);
  expect(await trouble(file)).toContain('cannot be opened: its volume answers with an error');
});

test('a history that is deleted while a sweep runs is told, not written to in vain', async () => {
  const file = await made();
  const history = await open(file);
  rmSync(file);
  await expect(history.add(report(1), none)).rejects.toThrow(`${file} was moved or deleted while it was open`);
  history.close();
});

test('a lock that is held for long ends in one line', async () => {
  const file = await made();
  const other = new DatabaseSync(file);
  other.exec('BEGIN EXCLUSIVE');
  expect(await trouble(file, 60)).toContain('is locked: another process has not let go of it for 60 ms');
  other.exec('ROLLBACK');
  expect(await trouble(file)).toBeNull();
  other.close();
});

test('a lock that is let go in time is waited for', async () => {
  const file = await made();
  const other = new DatabaseSync(file);
  other.exec('BEGIN EXCLUSIVE');
  const waiting = trouble(file, 5000);
  setTimeout(() => other.exec('COMMIT'), 20);
  expect(await waiting).toBeNull();
  other.close();
});

test('whoever only reads is not kept from it by a writer that has not committed', async () => {
  const file = await made();
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const past = await openPast({ file, waitMs: 0 });
  expect((await past.sweeps(5)).clusters[0]?.kept).toBe(1);
  past.close();
  other.close();
});

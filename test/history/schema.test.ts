import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { APPLICATION_ID, headerOf, migrate, MIGRATIONS } from '../../src/history/schema.ts';
import { newFile } from './make.ts';

const older = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y'];
const columns = (db: DatabaseSync) =>
  db
    .prepare(`SELECT name FROM pragma_table_info('a')`)
    .all()
    .map(({ name }) => name);

test('an empty file becomes a history that can give room back', () => {
  const db = new DatabaseSync(newFile());
  migrate(db);
  expect(headerOf(db)).toEqual({ application: APPLICATION_ID, version: MIGRATIONS.length, isEmpty: false });
  expect(db.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
});

test('what is up to date stays as it is', () => {
  const db = new DatabaseSync(newFile());
  migrate(db, older);
  migrate(db, older);
  expect([headerOf(db).version, columns(db)]).toEqual([2, ['x', 'y']]);
});

test('an older file keeps its rows and takes only the missing steps', () => {
  const file = newFile();
  const db = new DatabaseSync(file);
  migrate(db, older.slice(0, 1));
  db.exec('INSERT INTO a VALUES (7)');
  migrate(db, older);
  expect(db.prepare('SELECT * FROM a').all()).toEqual([{ x: 7, y: null }]);
  expect(headerOf(db).version).toBe(2);
});

test('a step that fails leaves the version before it, whole', () => {
  const db = new DatabaseSync(newFile());
  expect(() => migrate(db, [older[0] ?? '', 'ALTER TABLE a ADD COLUMN y; nonsense'])).toThrow('syntax error');
  expect([headerOf(db).version, columns(db)]).toEqual([1, ['x']]);
});

test('two processes bring one file up to date one after the other', () => {
  const file = newFile();
  const [first, second] = [new DatabaseSync(file), new DatabaseSync(file)];
  expect(headerOf(second).isEmpty).toBe(true);
  migrate(first, older);
  migrate(second, older);
  expect([headerOf(second).version, columns(second)]).toEqual([2, ['x', 'y']]);
});

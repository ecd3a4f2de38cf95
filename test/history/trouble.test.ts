import { expect, test } from 'vitest';
import { isBusy, troubleOf } from '../../src/history/trouble.ts';
import { UserError } from '../../src/model/user-error.ts';

const attempt = { file: '/h', doing: 'written', waitMs: 10_000 } as const;

/** As node:sqlite makes them. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error('says SQLite'), { code: 'ERR_SQLITE_ERROR', errcode, errstr: 'x' });
}
function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test.for<[string, unknown]>([
  ['a bug', new TypeError('x is undefined')],
  ["a bug in the use of Node's modules", Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ['what has its line already', new UserError('told')],
])('%s stays what it is', ([, error]) => {
  expect(troubleOf(error, attempt)).toBe(error);
});

test.for([
  [5, 'is locked: another process has not let go of it for 10.0 s'],
  [517, 'is locked'],
  [8, 'cannot be written: the file or its folder is read-only'],
  [1544, 'cannot be written: the file or its folder is read-only'],
  [10, 'cannot be written: its volume answers with an error'],
  [3850, 'cannot be locked: its file system has no working file locks'],
  [15, 'cannot be locked: its file system has no working file locks'],
  [11, 'is damaged'],
  [26, 'is damaged'],
  [13, 'cannot be written: no space is left on its volume'],
  [14, 'cannot be written: the file or its folder is not accessible'],
  [1, 'cannot be written (says SQLite)'],
])('result code %i of SQLite is one line', ([code, says]) => {
  const told = troubleOf(sqliteError(code as number), attempt) as UserError;
  expect(told).toBeInstanceOf(UserError);
  expect(told.message).toContain(`The history /h ${says}`);
  expect(told.hint).not.toBeNull();
});

test.for([
  ['EROFS', 'read-only'],
  ['ENOSPC', 'no space is left'],
  ['EDQUOT', 'no space is left'],
  ['EACCES', 'not accessible'],
  ['EIO', 'cannot be written (EIO)'],
])('%s of the file system is one line', ([code, says]) => {
  expect((troubleOf(systemError(code as string), attempt) as UserError).message).toContain(says);
});

test.for([
  [5, true],
  [261, true],
  [6, true],
  [13, false],
  [11, false],
])('result code %i is worth another try: %s', ([code, isWorth]) => {
  expect(isBusy(sqliteError(code as number))).toBe(isWorth);
});

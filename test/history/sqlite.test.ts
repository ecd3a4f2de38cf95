import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test, vi } from 'vitest';
import { openSqlite } from '../../src/history/sqlite.ts';

afterEach(() => vi.restoreAllMocks());

test('of all warnings only the notice of Node 22 about SQLite is swallowed', () => {
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const own = process.emitWarning;
  const load = vi.spyOn(process, 'getBuiltinModule').mockImplementation((() => {
    process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
    process.emitWarning('something else', 'ExperimentalWarning');
    return { DatabaseSync };
  }) as unknown as typeof process.getBuiltinModule);
  openSqlite(':memory:').close();
  expect(load).toHaveBeenCalledOnce();
  expect(emitted.mock.calls).toEqual([['something else', 'ExperimentalWarning']]);
  expect(process.emitWarning).toBe(own);
});

test('warnings are told again where the file cannot be opened', () => {
  const own = process.emitWarning;
  expect(() => openSqlite('/')).toThrow('unable to open database file');
  expect(process.emitWarning).toBe(own);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { append, lacking, Result, resume } from '../../bench/results.ts';
import { result } from './make.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kprobe-results-'));
  file = join(folder, 'deeper', 'accuracy.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was appended is there at the next start', () => {
  const all = [result({ run: 1 }), result({ run: 2, wrong: ['x'], found: 'no verdict' })];
  for (const each of all) append(file, each);
  expect(resume(file, Result)).toEqual(all);
});

test('nothing is there before the first', () => {
  expect(resume(file, Result)).toEqual([]);
});

test('half a line is cut off, and the next one is whole', () => {
  append(file, result({ run: 1 }));
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"scenario":"lost`);
  expect(resume(file, Result)).toEqual([result({ run: 1 })]);
  append(file, result({ run: 2 }));
  expect(resume(file, Result)).toEqual([result({ run: 1 }), result({ run: 2 })]);
});

test('a line that is no result is not passed over', () => {
  append(file, result());
  writeFileSync(file, `{"scenario":"lost-syn"}\n${readFileSync(file, 'utf8')}`);
  expect(() => resume(file, Result)).toThrow(/invalid/i);
});

test('only what lacks is run, round by round, a wrong one not again', () => {
  const done = [
    result({ scenario: 'a', run: 1, wrong: ['x'] }),
    result({ scenario: 'b', run: 2 }),
    result({ scenario: 'b', run: 1, machine: 'hog' }),
  ];
  const scenarios = [{ name: 'a' }, { name: 'b' }];
  const asked = (machine: 'quiet' | 'hog') =>
    lacking(scenarios, done, { runs: 2, machine }).map(({ name, run }) => `${name}${run}`);
  expect(asked('quiet')).toEqual(['b1', 'a2']);
  expect(asked('hog')).toEqual(['a1', 'a2', 'b2']);
});

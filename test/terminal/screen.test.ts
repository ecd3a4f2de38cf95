import { expect, test } from 'vitest';
import { pageOptions } from '../../src/terminal/screen.ts';
import { collector } from '../cli/session.ts';

const pipe = collector().screen;
const terminal = collector({ isTTY: true, columns: 72 }).screen;

test.for([
  ['a pipe', pipe, {}, false],
  ['a terminal', terminal, {}, true],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
  ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
  ['FORCE_COLOR on a pipe', pipe, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
  ['both', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
] as const)('colours for %s: %#', ([, screen, env, colour]) => {
  expect(pageOptions(screen, env).colour).toBe(colour);
});

test.for([
  [{ LANG: 'en_US.UTF-8' }, true],
  [{ LANG: 'C.utf8' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'POSIX' }, false],
  [{ LC_ALL: '', LANG: 'de_DE.ISO-8859-1' }, false],
  [{}, true],
  [{ TERM: 'linux' }, false],
] as const)('UTF-8 with %j: %s', ([env, unicode]) => {
  expect(pageOptions(pipe, env).unicode).toBe(unicode);
});

test('the width is the terminal’s, else COLUMNS, else that of a page', () => {
  expect(pageOptions(terminal, { COLUMNS: '50' }).width).toBe(72);
  expect(pageOptions(collector({ isTTY: true, columns: 0 }).screen, {}).width).toBe(80);
  expect(pageOptions(pipe, { COLUMNS: '50' }).width).toBe(50);
  expect(pageOptions(pipe, { COLUMNS: 'wide' }).width).toBe(80);
});

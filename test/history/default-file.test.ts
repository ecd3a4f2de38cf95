import { expect, test } from 'vitest';
import { defaultHistoryFile } from '../../src/history/default-file.ts';

function nobody(): never {
  throw new Error('ENOENT: no such user');
}

test.for<[Record<string, string>, () => string, string]>([
  [{ HOME: '/home/me', XDG_STATE_HOME: '/state' }, nobody, '/state/kprobe/history.sqlite'],
  [{ HOME: '/home/me' }, nobody, '/home/me/.local/state/kprobe/history.sqlite'],
  [{ HOME: '/home/me', XDG_STATE_HOME: '' }, nobody, '/home/me/.local/state/kprobe/history.sqlite'],
  [{ HOME: '/home/me', XDG_STATE_HOME: 'state' }, nobody, '/home/me/.local/state/kprobe/history.sqlite'],
  [{}, () => '/home/you', '/home/you/.local/state/kprobe/history.sqlite'],
  [{ HOME: '' }, () => '/home/you', '/home/you/.local/state/kprobe/history.sqlite'],
])('with %j it is %s', ([env, home, file]) => {
  expect(defaultHistoryFile(env, home)).toBe(file);
});

test.for<[string, () => string]>([
  ['an unknown user', nobody],
  ['no home', () => ''],
])('%s: it asks for a file', ([, home]) => {
  expect(() => defaultHistoryFile({}, home)).toThrow('neither HOME nor XDG_STATE_HOME is set');
});

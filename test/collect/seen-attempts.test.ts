import { expect, test } from 'vitest';
import { SeenAttempts } from '../../src/collect/seen-attempts.ts';

test('each attempt of each path is told from every other', () => {
  const seen = new SeenAttempts();
  const told = new Set<string>();
  for (const [path, attempt] of [
    ['a', 0],
    ['a', 30],
    ['a', 31],
    ['b', 62],
    ['b', 1_000_003],
    ['a 1', 5],
  ] as const) {
    expect(seen.has(path, attempt), `${path} ${attempt}`).toBe(false);
    seen.add(path, attempt);
    told.add(`${path}\n${attempt}`);
  }
  for (const path of ['a', 'b', 'a 1', 'c'])
    for (let attempt = 0; attempt < 200; attempt += 1)
      expect(seen.has(path, attempt), `${path} ${attempt}`).toBe(told.has(`${path}\n${attempt}`));
  expect(seen.has('b', 1_000_003)).toBe(true);
});

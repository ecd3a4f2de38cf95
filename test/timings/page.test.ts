import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { timersPage } from '../../scripts/timers-page.ts';
import { timers } from '../../src/judge/evidence/timer-catalogue.ts';

test('docs/timers.md is what npm run docs writes', () => {
  expect(readFileSync('docs/timers.md', 'utf8')).toBe(timersPage(timers));
});

test('every timer says whose it is, how it is told apart and whether it was seen', () => {
  for (const { distinguishedBy, source, backing } of timers) {
    expect(distinguishedBy).not.toBe('');
    expect(source).not.toBe('');
    expect(['measured', 'by documentation']).toContain(backing);
  }
});

import { expect, test } from 'vitest';
import { silent, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'broken-hairpin';
const from = { namespace: 'shop', workload: 'web', pods: web.map(({ namespace, name }) => ({ namespace, name })) };
const target = serviceOnly({ from });
const byKind =
  (kind: string): Break =>
  (path, source) =>
    path.to.kind === 'service' && source.kind === kind ? times(4, silent) : null;

test('silent: the pods reach themselves', () => {
  expect(findingOf(id, { target, inside: true })).toBeNull();
});

test('silent: other clients fail as well', () => {
  expect(findingOf(id, { target, inside: true, breaks: [byKind('inside'), byKind('control')] })).toBeNull();
});

test('speaking: only the pods themselves get no answer', () => {
  expect(findingOf(id, { target, inside: true, breaks: [byKind('inside')] })).toMatchObject({
    certainty: 'proven',
    object: { kind: 'Pod', name: 'web-1' },
  });
});

test('without --inside it is not measured, and so not healthy', () => {
  const verdict = diagnose({ target });
  expect([verdict.status, verdict.findings]).toEqual(['inconclusive', []]);
  expect(verdict.notMeasured.some(({ because }) => because.includes('--inside'))).toBe(true);
});

import { expect, test } from 'vitest';
import { overlayBetween } from '../breaks.ts';
import { halfOpen } from '../make.ts';
import { diagnose, findingOf } from '../world.ts';

const id = 'broken-node-pair';
const cut = { breaks: [overlayBetween('worker-1', 'worker-3')] };

test.for([
  ['everything answers', {}],
  ['one node is cut off', { breaks: [overlayBetween('worker-3', null)] }],
  ['all nodes are cut', { breaks: [overlayBetween(null, null)] }],
] as const)('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: one finding, for the pair', () => {
  const verdict = diagnose(cut);
  expect(verdict.findings.map((finding) => [finding.diagnosis, finding.certainty])).toEqual([[id, 'proven']]);
  expect(Object.values(verdict.findings[0]?.where ?? {}).toSorted()).toEqual(['worker-1', 'worker-3']);
});

test('speaking: a SYN that arrived names the direction that is cut', () => {
  const over = { halfOpen: [halfOpen('control@worker-1', '10.244.3.99')] };
  expect(findingOf(id, { ...cut, over })).toMatchObject({ where: { from: 'worker-1', to: 'worker-3' } });
});

import { expect, test } from 'vitest';
import { overlayBetween } from '../breaks.ts';
import { diagnose, findingOf } from '../world.ts';

const id = 'broken-overlay';

test.for([
  ['everything answers', {}],
  ['one pair of nodes is cut', { breaks: [overlayBetween('worker-1', 'worker-2')] }],
  ['one node is cut off', { breaks: [overlayBetween('worker-3', null)] }],
] as const)('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: all pairs fail and the nodes reach each other', () => {
  const verdict = diagnose({ breaks: [overlayBetween(null, null)] });
  expect(verdict.findings.map((finding) => [finding.diagnosis, finding.certainty])).toEqual([[id, 'proven']]);
});

test('speaking: without host vantages it is likely, and says what would settle it', () => {
  expect(findingOf(id, { breaks: [overlayBetween(null, null)], hostVantages: false })).toMatchObject({
    certainty: 'likely',
    wouldSettle: expect.stringContaining('host network'),
  });
});

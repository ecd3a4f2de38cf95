import { expect, test } from 'vitest';
import { overlayBetween, unanswered } from '../breaks.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'broken-node-overlay';

test.for([
  ['everything answers', {}],
  ['one pair of nodes is cut', { breaks: [overlayBetween('worker-1', 'worker-2')] }],
  ['all nodes are cut', { breaks: [overlayBetween(null, null)] }],
] as const)('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('silent: the agent that should have answered there was killed', () => {
  const breaks: Break[] = [({ to }) => (to.kind === 'agent' && to.agent === 'control@worker-3' ? unanswered() : null)];
  expect(findingOf(id, { breaks })).not.toBeNull();
  const lostAgents = [{ agent: 'control@worker-3', because: 'OOMKilled' }];
  expect(findingOf(id, { breaks, over: { lostAgents } })).toBeNull();
});

test('speaking: what its pods ask of entries on other nodes is no fault of these', () => {
  const toEntries: Break = ({ to }, from) =>
    to.kind === 'entry' && from.node === 'worker-2' && to.node !== 'worker-2' && !from.identity.hostNetwork
      ? unanswered()
      : null;
  const verdict = diagnose({ breaks: [overlayBetween('worker-2', null), toEntries] });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
});

test('speaking: names the node and hides the pairs', () => {
  const verdict = diagnose({ breaks: [overlayBetween('worker-2', null)] });
  expect(verdict.findings.map((finding) => [finding.diagnosis, finding.certainty, finding.object?.name])).toEqual([
    [id, 'proven', 'worker-2'],
  ]);
});

import { expect, test } from 'vitest';
import { overlayBetween, pod as podBreak, unanswered } from '../breaks.ts';
import { refused, times, unreachable } from '../make.ts';
import { diagnose, findingOf, isPod, serviceOnly, web } from '../world.ts';
import { diagnoseOutside, outsideFinding } from '../outside.ts';
import type { Break } from '../world.ts';
import type { Sample } from '../../../probes/wire.ts';

const id = 'misrouted-address';
const [first] = web;
if (first === undefined) throw new Error('the shop has two pods');

/** web-1, as it is seen from one node. */
const from =
  (node: string, what: () => Sample[] = unanswered): Break =>
  (path, agent) =>
    isPod(first, path) && agent.node === node ? what() : null;

test.for<[string, Break[]]>([
  ['everything answers', []],
  ['the pod answers nobody', [podBreak(first)]],
  ['nothing of the two nodes reaches the other', [overlayBetween('worker-3', 'worker-1')]],
  [
    'one vantage of the node gets through',
    [(path, agent, to) => (agent.kind === 'host' ? from('worker-3')(path, agent, to) : null)],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { target: serviceOnly(), breaks })).toBeNull();
});

test('no more than possible where resets come: the pod may refuse that node itself', () => {
  const finding = findingOf(id, { target: serviceOnly(), breaks: [from('worker-3', () => times(4, refused))] });
  expect(finding).toMatchObject({ certainty: 'possible', where: { from: 'worker-3' }, timer: null });
  expect(finding?.evidence.find(({ label }) => label === 'Who')?.says).toContain('somebody else who has this address');
});

test('speaking: one pod, from one node, while a probe pod beside it answers', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: [from('worker-3')] });
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Node', name: 'worker-3' },
    where: { from: 'worker-3', to: 'worker-1' },
    timer: { ms: 1000 },
  });
});

test('speaking: a route that says no', () => {
  const rejected = () => times(4, () => unreachable({ counters: { 'IcmpMsg.InType3': 1 } }));
  const finding = findingOf(id, { target: serviceOnly(), breaks: [from('worker-3', rejected)] });
  expect(finding).toMatchObject({ certainty: 'proven', timer: null });
});

/** A host outside, asked for by a client on worker-3; what all pods of a node get of it. */
const outside =
  (node: string): Break =>
  (path, agent) =>
    path.to.kind === 'external' && agent.node === node ? unanswered() : null;

test('speaking: a host outside, which the pods of one node do not get through to', () => {
  const finding = outsideFinding(id, { breaks: [outside('worker-3')] });
  expect(finding).toMatchObject({ certainty: 'likely', object: { kind: 'Node', name: 'worker-3' } });
  expect(finding?.fix?.says).toContain('masquerade');
  expect(finding?.wouldSettle).toContain('own network of worker-3');
});

test('a node from which nobody asks need not get through to a host outside', () => {
  const verdict = diagnoseOutside({ breaks: [outside('worker-1')] });
  expect(verdict).toMatchObject({ status: 'healthy', findings: [] });
});

test.for<[string, Break]>([
  ['the client alone', (path, agent, to) => (agent.kind === 'twin' ? outside('worker-3')(path, agent, to) : null)],
  ['everybody', (path) => (path.to.kind === 'external' ? unanswered() : null)],
])('silent: a host outside does not answer %s', ([, each]) => {
  expect(outsideFinding(id, { breaks: [each] })).toBeNull();
});

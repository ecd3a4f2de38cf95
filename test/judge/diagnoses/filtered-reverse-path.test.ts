import { expect, test } from 'vitest';
import { overlayBetween } from '../breaks.ts';
import { node } from '../make.ts';
import { nodeFacts, STILL } from '../node-facts.ts';
import type { Reading } from '../node-facts.ts';
import { diagnose, dns, findingOf, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'filtered-reverse-path';
const STRICT = { all: 0, default: 0, eth0: 0, 'flannel.1': 1 };
const filtered = (packets: number, reversePathFilter: Record<string, number> = STRICT): Reading => ({
  start: { reversePathFilter },
  end: { reversePathFilter, counters: { ...STILL, 'TcpExt.IPReversePathFilter': packets } },
});
const cut: Break = overlayBetween('worker-3', null);

test.for<[string, Break[], Reading]>([
  ['everything answers, and the counter moves all the same', [], filtered(400)],
  ['the node is cut off, and its counter stands still', [cut], filtered(0)],
  ['one stray packet beside a hundred attempts', [cut], filtered(1)],
  ['the counter moves, and the filter is loose: it is another’s', [cut], filtered(400, { all: 2, 'flannel.1': 1 })],
  ['nothing works between any nodes', [overlayBetween(null, null)], filtered(0)],
])('silent: %s', ([, breaks, reading]) => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': reading }) };
  expect(findingOf(id, { target: serviceOnly(), breaks, over })).toBeNull();
});

test('speaking: packets vanish at the node, and it counts them itself', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': filtered(400) }) };
  const verdict = diagnose({ target: serviceOnly(), breaks: [cut], over });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
  expect(verdict.findings[0]).toMatchObject({ object: { kind: 'Node', name: 'worker-3' }, where: { to: 'worker-3' } });
});

test('a count that accounts for a part of it is no proof', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': filtered(5) }) };
  expect(findingOf(id, { target: serviceOnly(), breaks: [cut], over })).toMatchObject({ certainty: 'likely' });
});

test('who heard nothing of the nodes says nothing of them', () => {
  expect(findingOf(id, { target: serviceOnly(), breaks: [cut] })).toBeNull();
});

test('of two nodes the one that counts what vanishes is it, and not the overlay between them', () => {
  const nodes = ['worker-1', 'worker-2'].map((name) => node({ name }));
  const over = { nodeFacts: nodeFacts({ 'worker-2': filtered(400) }) };
  const breaks = [overlayBetween('worker-2', null)];
  const cluster = shopCluster({ nodes, pods: [...web, ...dns] });
  const { findings } = diagnose({ cluster, target: serviceOnly(), breaks, over });
  expect(findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
});

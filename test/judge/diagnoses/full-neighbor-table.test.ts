import { expect, test } from 'vitest';
import { silent, times } from '../make.ts';
import { nodeFacts, NODES } from '../node-facts.ts';
import type { Reading } from '../node-facts.ts';
import { diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'full-neighbor-table';
const machine = (entries: number, overflows: number) => ({
  counters: { 'Arp.table_fulls': overflows },
  neighbors: { entries, thresholds: [128, 512, 1024] as const },
  cpuWaitedMs: 0,
});
const filled = (entries: number, overflows: number): Reading => ({
  start: { machine: machine(entries, 0) },
  end: { machine: machine(entries, overflows) },
});
const deaf: Break = (path, from) =>
  from.node === 'worker-3' && path.locality === 'cross-node' && path.probe.kind !== 'dns' ? times(4, silent) : null;

test.for<[string, Break[], Reading]>([
  ['the table is full, and nothing is lost', [], filled(1024, 90)],
  ['packets are lost, and the table is nearly empty', [deaf], filled(20, 0)],
])('silent: %s', ([, breaks, reading]) => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': reading }) };
  expect(findingOf(id, { target: serviceOnly(), breaks, over })).toBeNull();
});

test('silent: the nodes share a kernel, and so its table: none of them is blamed', () => {
  const shared = { ...filled(1024, 90) };
  const one = { start: { ...shared.start, kernelId: 'one' }, end: { ...shared.end, kernelId: 'one' } };
  const over = { nodeFacts: nodeFacts(Object.fromEntries(NODES.map((node) => [node, one]))) };
  expect(findingOf(id, { target: serviceOnly(), breaks: [deaf], over })).toBeNull();
});

test('silent: a kernel that shows no table (a node that is a container)', () => {
  const hidden = { machine: { ...machine(0, 0), counters: {}, neighbors: null } };
  const over = { nodeFacts: nodeFacts({ 'worker-3': { start: hidden, end: hidden } }) };
  expect(findingOf(id, { target: serviceOnly(), breaks: [deaf], over })).toBeNull();
});

test('speaking: the table overflows while packets out of the node are lost', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': filled(1024, 90) }) };
  const verdict = diagnose({ target: serviceOnly(), breaks: [deaf], over });
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', object: { name: 'worker-3' } });
});

test('at its limit, and no overflow counted: likely', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': filled(1020, 0) }) };
  expect(findingOf(id, { target: serviceOnly(), breaks: [deaf], over })?.certainty).toBe('likely');
});

import { expect, test } from 'vitest';
import { differences } from '../../bench/trace/expected.ts';
import type { ExpectedStop } from '../../bench/trace/expected.ts';
import type { FlowTrace, FlowWay } from '../../src/model/flow-trace.ts';

const step = {
  hook: null,
  priority: null,
  family: 'ip',
  table: 'filter',
  chain: 'deny',
  rule: 'counter drop',
  handle: 4,
};
const nobody = { verdict: 'drop', target: null, program: null, object: null };
const way: FlowWay = {
  node: 'b',
  direction: 'request',
  layer: 'packet',
  packet: { protocol: 'tcp', source: '10.0.0.1', sourcePort: 61_000, destination: '10.0.0.2', destinationPort: 80 },
  steps: [
    { ...step, ...nobody, hook: 'forward', priority: 0, chain: 'forward', rule: 'jump deny', verdict: 'jump' },
    { ...step, ...nobody, object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'closed' } },
  ],
  end: 'dropped',
  lastHook: 'forward',
  says: 'b: it drops',
  packets: 4,
};
const report: FlowTrace = {
  schema: 'kprobe/trace/v1',
  status: 'faulty',
  summary: 'b: it drops',
  from: { node: 'a', pod: null },
  to: { says: 'x:80', address: '10.0.0.2', port: 80, protocol: 'tcp' },
  attempts: [],
  ways: [way],
  counted: [],
  notMeasured: [],
  run: { kprobe: '0', startedAt: '', tookMs: 1 },
};
const expected: ExpectedStop = {
  node: 'b',
  end: 'dropped',
  hook: 'forward',
  priority: 0,
  chain: /^ip filter deny$/u,
  rule: /drop/u,
  object: 'NetworkPolicy/shop/closed',
};

test('right in every point', () => expect(differences(report, expected)).toEqual([]));

test.each<[string, Partial<ExpectedStop>, RegExp]>([
  ['node', { node: 'a' }, /no way on a/],
  ['end', { end: 'rejected' }, /no way on b ends rejected/],
  ['hook', { hook: 'input' }, /^hook: forward$/],
  ['priority', { priority: 1 }, /^priority: 0$/],
  ['chain', { chain: /^ip filter other$/u }, /^chain: ip filter deny$/],
  ['rule', { rule: /reject/u }, /^rule: counter drop$/],
  ['object', { object: null }, /^object: NetworkPolicy\/shop\/closed$/],
  ['words', { says: /rejects/u }, /^it says: /],
  ['layer', { isOuter: true }, /no way on b/],
])('another %s is wrong', (_, change, says) => {
  expect(differences(report, { ...expected, ...change }).join('\n')).toMatch(says);
});

test('in a healthy cluster nothing is named, and all is healthy', () => {
  expect(differences(report, null)).toHaveLength(2);
  const passed = { ...report, status: 'healthy' as const, ways: [{ ...way, end: 'passed' as const }] };
  expect(differences(passed, null)).toEqual([]);
  expect(differences({ ...passed, status: 'inconclusive' }, null)).toHaveLength(1);
});

test('one rule too many is wrong', () => {
  const more = { ...report, ways: [way, { ...way, node: 'a', says: 'a: it drops' }] };
  expect(differences(more, expected)).toEqual(['it also blames: a: it drops']);
});

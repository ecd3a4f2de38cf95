import { expect, test } from 'vitest';
import { readNodeFacts } from '../../../probes/node-facts.ts';
import { FULL_CONNTRACK_NODE } from '../../probes/node-files.ts';
import { sourceOf } from '../../probes/node-source.ts';
import { silent, sample, times } from '../make.ts';
import { nodeFacts, STILL } from '../node-facts.ts';
import type { Reading } from '../node-facts.ts';
import { diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'full-conntrack';
/** The lab cannot fill a table: its limit is the machine's. So these are the recorded files of a node, read as an agent reads them. */
const read = (files: Readonly<Record<string, string>>) => readNodeFacts(sourceOf(files));
const before = read(FULL_CONNTRACK_NODE);
const table = FULL_CONNTRACK_NODE['/proc/net/stat/nf_conntrack'] ?? '';
const after = read({
  ...FULL_CONNTRACK_NODE,
  '/proc/net/stat/nf_conntrack': table.replace('000001a0', '00000200').replace('00000010', '00000020'),
});
const filled: Reading = { start: before, end: after };
const withEntries = (entries: number, drops: number): Reading => {
  const conntrack = { entries, limit: 262_144 };
  return { start: { conntrack }, end: { conntrack, counters: { ...STILL, 'Conntrack.drop': drops } } };
};
/** Half of the new connections through the node come to nothing. */
const half =
  (node: string): Break =>
  (path, from) => {
    const isHit = from.node === node || ('node' in path.to && path.to.node === node);
    if (!isHit || path.locality === 'same-node' || (path.probe.kind !== 'tcp' && path.probe.kind !== 'http'))
      return null;
    const fine = () => sample({ connectMs: 0.4, firstByteMs: 1, seen: '10.244.3.99:40000' });
    return [...times(2, fine), ...times(3, silent)];
  };

test.for<[string, Break[], Reading]>([
  ['the table is full, and nothing is lost', [], filled],
  ['half is lost, and the table is half empty', [half('worker-3')], withEntries(131_072, 0)],
  ['the table is nearly full, and nothing was dropped for it', [half('worker-3')], withEntries(260_000, 0)],
  ['half is lost at another node', [half('worker-1')], filled],
])('silent: %s', ([, breaks, reading]) => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': reading }) };
  expect(findingOf(id, { target: serviceOnly(), breaks, over })).toBeNull();
});

test('speaking: the files of a node whose table is full, while half of the new connections are lost there', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': filled }) };
  const verdict = diagnose({ target: serviceOnly(), breaks: [half('worker-3')], over });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
  expect(verdict.findings[0]).toMatchObject({ object: { kind: 'Node', name: 'worker-3' } });
  expect(verdict.findings[0]?.title).toContain('262,140 of 262,144 entries');
});

test('full at the start, and nobody was there to read it again: likely', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': filled }).filter(({ when }) => when === 'start') };
  expect(findingOf(id, { target: serviceOnly(), breaks: [half('worker-3')], over })?.certainty).toBe('likely');
});

import { expect, test } from 'vitest';
import { dnsAnswer, sample, silent, times } from '../make.ts';
import { nodeFacts, STILL } from '../node-facts.ts';
import type { Reading } from '../node-facts.ts';
import { diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'racing-nat';
const failed = (count: number): Reading => ({ end: { counters: { ...STILL, 'Conntrack.insert_failed': count } } });
/** Every second connect that leaves the node needs a second SYN. */
const lossyFrom =
  (node: string | null): Break =>
  (path, from) => {
    const isHit = (node === null ? from.node !== null : from.node === node) && path.locality !== 'same-node';
    if (!isHit || (path.probe.kind !== 'tcp' && path.probe.kind !== 'http') || path.to.kind === 'external') return null;
    const late = { synRetransmissions: 1, counters: { 'TcpExt.TCPSynRetrans': 1 } };
    return times(4, () => sample({ connectMs: 1004, firstByteMs: 1, ...late, seen: '10.244.3.99:40000' }));
  };

test.for<[string, Break[], Reading]>([
  ['nothing is lost, and entries fail all the same', [], failed(90)],
  ['SYNs are lost, and every entry was made', [lossyFrom('worker-3')], failed(0)],
  ['one failed entry beside a hundred lost SYNs', [lossyFrom('worker-3')], failed(1)],
  ['SYNs are lost out of another node', [lossyFrom('worker-1')], failed(90)],
])('silent: %s', ([, breaks, reading]) => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': reading }) };
  expect(findingOf(id, { target: serviceOnly(), breaks, over })).toBeNull();
});

test('speaking: as many entries fail as SYNs get lost out of this node', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': failed(120) }) };
  const verdict = diagnose({ target: serviceOnly(), breaks: [lossyFrom('worker-3')], over });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
  expect(verdict.findings[0]).toMatchObject({ object: { kind: 'Node', name: 'worker-3' } });
});

test('fewer failed entries than lost SYNs: likely at most', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': failed(4) }) };
  expect(findingOf(id, { target: serviceOnly(), breaks: [lossyFrom('worker-3')], over })?.certainty).toBe('likely');
});

const lostAnswers: Break = ({ probe }) =>
  probe.kind === 'dns' && probe.transport === 'udp'
    ? [dnsAnswer(), silent({ phase: 'dns', waitedMs: 16_700 }), dnsAnswer(), silent({ phase: 'dns', waitedMs: 16_700 })]
    : null;

test('DNS answers that get lost everywhere are not for this counter to explain: the connects are, and theirs is the cause', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': failed(40) }) };
  const verdict = diagnose({ target: serviceOnly(), breaks: [lossyFrom('worker-3'), lostAnswers], over });
  expect(verdict.findings.find(({ diagnosis }) => diagnosis === id)?.certainty).toBe('proven');
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).not.toContain('lost-syn');
});

test('where it is likely at most, the lost SYNs of its own node are still its own', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': failed(4) }) };
  const verdict = diagnose({ target: serviceOnly(), breaks: [lossyFrom('worker-3')], over });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
});

test('SYNs that get lost out of another node as well are told beside it', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': failed(4) }) };
  const some: Break = (path, from, to) =>
    from.node === 'worker-1' && path.probe.kind === 'http' ? lossyFrom('worker-1')(path, from, to) : null;
  const verdict = diagnose({ target: serviceOnly(), breaks: [lossyFrom('worker-3'), some], over });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toContain('lost-syn');
});

test('counts that were read once, or were set back meanwhile, tell nothing', () => {
  const breaks = [lossyFrom('worker-3')];
  const once = nodeFacts({ 'worker-3': failed(120) }).filter(({ when }) => when === 'end');
  expect(findingOf(id, { target: serviceOnly(), breaks, over: { nodeFacts: once } })).toBeNull();
  const back = nodeFacts({ 'worker-3': { start: { counters: { ...STILL, 'Conntrack.insert_failed': 500 } } } });
  expect(findingOf(id, { target: serviceOnly(), breaks, over: { nodeFacts: back } })).toBeNull();
});

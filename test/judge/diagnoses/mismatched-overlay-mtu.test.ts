import { expect, test } from 'vitest';
import { sample, times } from '../make.ts';
import { nodeFacts, port } from '../node-facts.ts';
import type { Reading } from '../node-facts.ts';
import { diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'mismatched-overlay-mtu';
const hung = () =>
  sample({
    connectMs: 0.4,
    firstByteMs: 16_700,
    outcome: { kind: 'silent', phase: 'first-byte', waitedMs: 16_700, code: null },
  });
const large =
  (isHit: (from: string | null, to: string | null) => boolean): Break =>
  (path, from, to) =>
    path.probe.kind === 'tcp' && path.probe.bytes > 0 && isHit(from.node, to?.node ?? null) ? times(3, hung) : null;
const toSecond = large((from) => from === 'worker-2');
const smaller = (mtu: number, rxDropped = 0): Reading => {
  const interfaces = (dropped: number) => [port('eth0', mtu, dropped), port('flannel.1', 1450), port('veth1', 1450)];
  return { start: { interfaces: interfaces(0) }, end: { interfaces: interfaces(rxDropped) } };
};

test.for<[string, Break[], Reading]>([
  ['its interface carries less, and everything gets through', [], smaller(1400)],
  ['large answers hang, and all interfaces are alike', [toSecond], smaller(1500)],
  [
    'large answers hang between two others',
    [large((from, to) => from === 'worker-1' && to === 'worker-3')],
    smaller(1400),
  ],
  ['large answers hang everywhere', [large((from, to) => from !== to)], smaller(1400)],
])('silent: %s', ([, breaks, reading]) => {
  const over = { nodeFacts: nodeFacts({ 'worker-2': reading }) };
  expect(findingOf(id, { target: serviceOnly(), breaks, over })).toBeNull();
});

test('silent: two nodes differ from the third and from each other', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-2': smaller(1400), 'worker-1': smaller(1420) }) };
  expect(findingOf(id, { target: serviceOnly(), breaks: [toSecond], over })).toBeNull();
});

test('speaking: large answers to the one node whose interface carries less; the black hole is its doing', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-2': smaller(1400, 300) }) };
  const verdict = diagnose({ target: serviceOnly(), breaks: [toSecond], over });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
  expect(verdict.findings[0]).toMatchObject({ object: { kind: 'Node', name: 'worker-2' } });
  expect(verdict.findings[0]?.evidence.map(({ says }) => says).join('\n')).toContain('threw away 300 packets');
  expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('MTU');
});

test('without the word of the nodes it stays a black hole', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: [toSecond] });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual(['mtu-black-hole']);
});

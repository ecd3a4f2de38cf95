import { expect, test } from 'vitest';
import { dnsTimeout, overlayBetween, pod as podBreak } from '../breaks.ts';
import { dnsAnswer, sample, times } from '../make.ts';
import { dns } from '../world.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'filtered-dns';
const [first] = dns;
if (first === undefined) throw new Error('the shop has two DNS servers');

/** What this node asks of the DNS Service by UDP, and whatever it looks up by name. */
const fromNode =
  (node: string): Break =>
  ({ to, probe }, from) => {
    const isFront =
      to.kind === 'dns-server' && to.service !== null && probe.kind === 'dns' && probe.transport === 'udp';
    return from.node === node && (isFront || to.kind === 'resolver') ? dnsTimeout() : null;
  };
/** What other nodes ask of the servers on this one by UDP. */
const toNode =
  (node: string): Break =>
  ({ to, probe, locality }) => {
    const isServer = to.kind === 'dns-server' && to.node === node && probe.kind === 'dns' && probe.transport === 'udp';
    return isServer && locality === 'cross-node' ? dnsTimeout() : null;
  };
/** A server that takes longer to answer than questions are waited for: those to the Service may have met it. */
const slowServer: Break = ({ to, probe }) =>
  to.kind === 'dns-server' && first.addresses.includes(to.address) && probe.kind === 'dns'
    ? times(4, () => ({ ...dnsAnswer(), phases: { dns: 17_000 }, totalMs: 17_000 }))
    : null;
const allDns: Break = ({ probe }) => (probe.kind === 'dns' || probe.kind === 'resolver' ? dnsTimeout() : null);

test.for<[string, Break[]]>([
  ['everything is answered', []],
  ['nobody is answered anywhere', [allDns]],
  ['a server is as slow as the questions were waited for', [slowServer, fromNode('worker-3')]],
  ['the node is cut off from the pod network', [overlayBetween('worker-3', null), fromNode('worker-3')]],
  ['one server answers nobody, its own node neither', [podBreak(first, dnsTimeout)]],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { breaks })).toBeNull();
});

test('speaking: no question of one node is answered by the Service, those of others are', () => {
  const verdict = diagnose({ breaks: [fromNode('worker-3')] });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
  expect(verdict.findings[0]).toMatchObject({
    object: { kind: 'Node', name: 'worker-3' },
    where: { from: 'worker-3' },
  });
});

test('speaking: some are rejected at once, by what a node-local cache left behind', () => {
  const rejected = () => sample({ dnsMs: 0.3, outcome: { kind: 'refused', phase: 'dns' } });
  const breaks: Break[] = [
    (path, from, to) => {
      const late = fromNode('worker-3')(path, from, to);
      return late === null ? null : [rejected(), ...late.slice(1)];
    },
  ];
  expect(findingOf(id, { breaks })).toMatchObject({ certainty: 'proven', object: { name: 'worker-3' } });
});

test('speaking: the servers of one node answer their own node alone', () => {
  const verdict = diagnose({ breaks: [toNode('worker-1')] });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({ object: { kind: 'Node', name: 'worker-1' }, where: { to: 'worker-1' } });
});

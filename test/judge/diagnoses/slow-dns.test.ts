import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { dnsAnswer, sample, silent, times } from '../make.ts';
import { OUTSIDE, isLookup, isQuestion, lookup, outsideFinding } from '../outside.ts';
import {
  askedByCheckout,
  checkout,
  diagnose,
  dns,
  findingOf,
  isPod,
  serviceOnly,
  shopCluster,
  web,
  nginx,
} from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'slow-dns';
const [first] = dns;
if (first === undefined) throw new Error('the shop has DNS servers');
type Path = Parameters<Break>[0];

/** By UDP, or by TCP after a connect that takes a moment. */
const answeredIn = ({ probe }: Path, ms: number, connectMs = 0.5): Sample =>
  probe.kind === 'dns' && probe.transport === 'tcp' ? dnsAnswer({ connectMs, dnsMs: ms }) : dnsAnswer({ dnsMs: ms });
/** Every DNS server, or those that are meant, takes so long for each question. */
const slow =
  (ms: number, isMeant: (path: Path) => boolean = () => true): Break =>
  (path) =>
    path.to.kind === 'dns-server' && path.to.service === null && isMeant(path)
      ? times(4, () => answeredIn(path, ms))
      : null;
const slowFront =
  (ms: number, share: number): Break =>
  (path) =>
    path.to.kind === 'dns-server' && path.to.service !== null
      ? [0, 1, 2, 3].map((index) => answeredIn(path, index < 4 * share ? ms : 1))
      : null;
const slowLookups =
  (ms: number, share = 1): Break =>
  (path) =>
    path.to.kind === 'resolver' ? [0, 1, 2, 3].map((index) => sample({ dnsMs: index < 4 * share ? ms : 2 })) : null;
/** The way to each pod takes so long, whoever answers. */
const slowWay =
  (ms: number): Break =>
  (path, _from, to) => {
    if (to !== null) return times(4, () => sample({ connectMs: ms, firstByteMs: ms, seen: '10.244.1.99:40000' }));
    return path.to.kind === 'dns-server' ? times(4, () => answeredIn(path, 2 * ms, ms)) : null;
  };
const asked: World = {
  cluster: shopCluster({ pods: [...web, ...nginx, ...dns, checkout] }),
  target: serviceOnly({ from: askedByCheckout }),
};

test.for<[string, Break[]]>([
  ['all answer at once', []],
  ['slower than usual, and no user can tell', [slow(60)]],
  ['all that goes to these nodes is as slow: it is the way, or the node', [slowWay(300)]],
  [
    'the connect takes as long as the answer',
    [(path) => (path.to.kind === 'dns-server' ? times(4, () => answeredIn(path, 700, 300)) : null)],
  ],
  [
    'one late answer of four',
    [
      (path, from) =>
        from.node === 'worker-1' && isPod(first, path) && path.probe.kind === 'dns' && path.probe.transport === 'udp'
          ? [dnsAnswer({ dnsMs: 900 }), ...times(3, () => dnsAnswer())]
          : null,
    ],
  ],
  ['answers get lost', [(path) => (path.to.kind === 'dns-server' ? times(3, () => silent({ phase: 'dns' })) : null)]],
  ['lookups alone are slow', [slowLookups(900)]],
  [
    'late while the probers waited for a CPU, as what others answer them',
    [
      (path, _from, to) =>
        path.to.kind === 'dns-server'
          ? [5, 700, 8, 700].map((ms) => ({ ...answeredIn(path, ms), cpuWaitMs: ms - 4 }))
          : to === null
            ? null
            : [5, 8, 600, 7].map((ms) => ({ ...sample({ connectMs: ms, firstByteMs: 1 }), cpuWaitMs: ms })),
    ],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { ...asked, breaks })).toBeNull();
});

test('silent: names outside alone are slow', () => {
  const breaks: Break[] = [
    (path) => (isQuestion(OUTSIDE, path) ? times(2, () => dnsAnswer({ dnsMs: 2005 })) : null),
    (path) => (isLookup(OUTSIDE, path) ? times(4, () => lookup(2005)) : null),
  ];
  expect(outsideFinding(id, { breaks })).toBeNull();
});

test.for([300, 800])('speaking: all servers take %i ms', (ms) => {
  const verdict = diagnose({ ...asked, breaks: [slow(ms), slowFront(ms, 1), slowLookups(3 * ms)] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Service', name: 'kube-dns' }, explains: 1 },
  ]);
  expect(verdict.status).toBe('faulty');
});

test('speaking: one of two', () => {
  const breaks = [slow(600, (path) => isPod(first, path)), slowFront(600, 0.5), slowLookups(1200, 0.5)];
  const verdict = diagnose({ ...asked, breaks });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', name: 'coredns-1' }, where: { to: 'worker-1' } },
  ]);
});

test('speaking: who asks for a host outside is told the servers, not their upstream', () => {
  const breaks: Break[] = [
    (path) => (path.to.kind === 'dns-server' ? times(4, () => answeredIn(path, 700)) : null),
    (path) => (path.to.kind === 'resolver' ? times(4, () => lookup(2800)) : null),
  ];
  expect(outsideFinding(id, { breaks })).toMatchObject({ certainty: 'proven' });
  expect(outsideFinding('slow-upstream-dns', { breaks })).toBeNull();
});

test('speaking: the probers waited for a CPU, and others answered them at once meanwhile', () => {
  const busy: Break = (path) =>
    path.to.kind === 'dns-server' && isPod(first, path)
      ? times(4, () => ({ ...answeredIn(path, 800), cpuWaitMs: 700 }))
      : null;
  expect(findingOf(id, { ...asked, breaks: [busy] })).toMatchObject({ certainty: 'proven', object: { kind: 'Pod' } });
});

test('late by UDP and not by TCP is no proof that the process is slow', () => {
  const byUdp = slow(600, ({ probe }) => probe.kind === 'dns' && probe.transport === 'udp');
  expect(findingOf(id, { ...asked, breaks: [byUdp] })).toMatchObject({
    certainty: 'likely',
    wouldSettle: expect.stringContaining('over TCP'),
  });
});

test('speaking: the name that matters alone is late', () => {
  const isAsked: Break = (path) =>
    path.probe.kind === 'dns' && path.probe.name.startsWith('web.') ? times(2, () => answeredIn(path, 900)) : null;
  expect(findingOf(id, { ...asked, breaks: [isAsked, slowLookups(1800)] })).toMatchObject({
    certainty: 'likely',
    explains: 1,
  });
});

test('where the node of the server has no CPU to spare, and kprobe answers late there, it is not shown that the server is slow', () => {
  const busy: Break = (path, from, to) => {
    if (to?.node === first.node && path.probe.kind === 'tcp') return times(4, () => sample({ connectMs: 70 }));
    if (from.node !== first.node || path.to.kind !== 'dns-server' || !isPod(first, path)) return null;
    return times(4, () => ({ ...answeredIn(path, 900), cpuWaitMs: 400 }));
  };
  const only = slow(900, (path) => isPod(first, path));
  expect(findingOf(id, { ...asked, breaks: [only] })).toMatchObject({ certainty: 'proven' });
  expect(findingOf(id, { ...asked, breaks: [busy, only] })).toMatchObject({ certainty: 'possible' });
});

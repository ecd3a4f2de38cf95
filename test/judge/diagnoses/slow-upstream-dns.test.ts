import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { dnsAnswer, silent, times } from '../make.ts';
import { OUTSIDE, REAL, diagnoseOutside, isLookup, isQuestion, lookup, outsideFinding } from '../outside.ts';
import { dns, findingOf, isPod } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'slow-upstream-dns';
const [first] = dns;
if (first === undefined) throw new Error('the shop has DNS servers');
const answeredIn = (ms: number) => (): Sample => dnsAnswer({ dnsMs: ms, answers: [REAL] });
const outside =
  (what: () => Sample): Break =>
  (path) =>
    isQuestion(OUTSIDE, path) ? times(2, what) : null;
const slowLookups: Break = (path) =>
  isLookup(OUTSIDE, path) || isLookup(`${OUTSIDE}.`, path) ? times(4, () => lookup(2005)) : null;
const all =
  (what: () => Sample): Break =>
  ({ probe }) =>
    probe.kind === 'dns' && probe.transport === 'udp' ? times(3, what) : null;

test.for<[string, Break[]]>([
  ['both come at once', []],
  ['names of the cluster are as slow', [all(answeredIn(2005)), slowLookups]],
  ['all answers get lost at times', [all(() => silent({ phase: 'dns', waitedMs: 16_700 }))]],
  ['nobody knows the name: that is an answer', [outside(() => dnsAnswer({ rcode: 'NXDOMAIN', answers: [] }))]],
  ['slower by a little', [outside(answeredIn(60))]],
])('silent: %s', ([, breaks]) => {
  expect(outsideFinding(id, { breaks })).toBeNull();
});

test('silent: nobody asks for a name outside', () => {
  expect(findingOf(id)).toBeNull();
});

test('silent: one late answer', () => {
  let left = 1;
  const once: Break = (path) =>
    isQuestion(OUTSIDE, path) && isPod(first, path) && left-- > 0 ? [dnsAnswer({ dnsMs: 2005 }), dnsAnswer()] : null;
  expect(outsideFinding(id, { breaks: [once] })).toBeNull();
});

test('speaking: names outside take 2 s', () => {
  const verdict = diagnoseOutside({ breaks: [outside(answeredIn(2005)), slowLookups] });
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Service', name: 'kube-dns' },
    timer: { name: 'CoreDNS forward read timeout', ms: 2000 },
    explains: 1,
  });
  expect(verdict.findings).toHaveLength(1);
});

test.for<[string, () => Sample]>([
  ['never come', () => silent({ phase: 'dns', waitedMs: 16_700 })],
  ['fail', () => dnsAnswer({ rcode: 'SERVFAIL', answers: [] })],
])('speaking: names outside %s', ([, what]) => {
  expect(diagnoseOutside({ breaks: [outside(what)] }).findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', timer: null },
  ]);
});

test('speaking: of one server only', () => {
  const breaks: Break[] = [
    (path) => (isPod(first, path) && isQuestion(OUTSIDE, path) ? times(2, answeredIn(900)) : null),
  ];
  expect(outsideFinding(id, { breaks })).toMatchObject({
    certainty: 'proven',
    object: { kind: 'Pod', name: 'coredns-1' },
  });
});

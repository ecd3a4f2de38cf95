import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { dnsAnswer, times } from '../make.ts';
import { DOMAIN, OUTSIDE, REAL, diagnoseOutside, isLookup, isQuestion, lookup, outsideFinding } from '../outside.ts';
import { findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'wildcard-search-domain';
const WRONG = '198.51.100.9';
const OTHER = '203.0.113.8';
const searched =
  (...addresses: string[]): Break =>
  (path) =>
    isLookup(OUTSIDE, path) ? times(6, () => lookup(3, addresses)) : null;
const absolute =
  (...addresses: string[]): Break =>
  (path) =>
    isLookup(`${OUTSIDE}.`, path) ? times(2, () => lookup(3, addresses)) : null;
const question =
  (name: string, what: () => Sample): Break =>
  (path) =>
    isQuestion(name, path) ? times(2, what) : null;
const wild = question(`${OUTSIDE}.${DOMAIN}`, () => dnsAnswer({ answers: [WRONG] }));

test.for<[string, Break[]]>([
  ['the same address both ways', []],
  ['several addresses, some in common', [searched(REAL, OTHER), absolute(OTHER)]],
  [
    'another address at each answer, and servers give both',
    [searched(OTHER), question(OUTSIDE, () => dnsAnswer({ answers: [OTHER] }))],
  ],
  ['other addresses, and the made-up name does not exist', [searched(OTHER)]],
  ['the made-up name exists, and nobody takes it', [wild]],
])('silent: %s', ([, breaks]) => {
  expect(outsideFinding(id, { breaks })).toBeNull();
});

test('silent: a Service is asked for', () => {
  expect(findingOf(id)).toBeNull();
});

test('speaking: the made-up name exists, and lookups take its address', () => {
  const verdict = diagnoseOutside({ breaks: [searched(WRONG), wild] });
  expect(verdict.status).toBe('faulty');
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', namespace: 'pay', name: 'checkout-1' } },
  ]);
  expect(verdict.findings[0]?.title).toContain(`${DOMAIN} answers for every name`);
});

test('speaking: a domain of the nodes: likely, and said what to ask', () => {
  const finding = outsideFinding(id, { isDomainOfNode: true, breaks: [searched(WRONG)] });
  expect(finding).toMatchObject({ certainty: 'likely', object: null });
  expect(finding?.wouldSettle).toContain(DOMAIN);
});

import { describe, expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { dnsAnswer, silent, times } from '../make.ts';
import {
  DOMAIN,
  OUTSIDE,
  diagnoseOutside,
  diagnoseSearched,
  isLookup,
  isQuestion,
  lookup,
  outsideFinding,
  outsideWorld,
} from '../outside.ts';
import { askedByCheckout, findingOf, serviceOnly } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'search-expansion';
const searched =
  (what: () => Sample): Break =>
  (path, from) =>
    isLookup(OUTSIDE, path) && from.kind !== 'local' ? times(6, what) : null;
const absolute =
  (what: () => Sample): Break =>
  (path) =>
    isLookup(`${OUTSIDE}.`, path) ? times(2, what) : null;
const madeUp =
  (what: () => Sample): Break =>
  (path) =>
    isQuestion(`${OUTSIDE}.${DOMAIN}`, path) ? times(2, what) : null;
const late = (): Sample => dnsAnswer({ dnsMs: 1300, rcode: 'NXDOMAIN', answers: [] });

test.for<[string, Break[]]>([
  ['a lookup takes some milliseconds', []],
  ['eight questions cost a little', [searched(() => lookup(40))]],
  ['the name itself is as slow', [searched(() => lookup(2005)), absolute(() => lookup(2003))]],
  ['the name itself is most of it', [searched(() => lookup(900)), absolute(() => lookup(700))]],
  [
    'one lookup of six is slow',
    [(path) => (isLookup(OUTSIDE, path) ? [lookup(2005), ...times(5, () => lookup(3))] : null)],
  ],
  ['the made-up name is slow, and lookups are not', [madeUp(late)]],
])('silent: %s', ([, breaks]) => {
  expect(outsideFinding(id, { breaks })).toBeNull();
});

test('silent: a Service is asked for', () => {
  expect(findingOf(id)).toBeNull();
});

test('said, and no fault: what the search list costs', () => {
  const verdict = diagnoseOutside({});
  expect(verdict.status).toBe('healthy');
  expect(verdict.ruledOut).toContainEqual({
    suspect: 'search list',
    because: expect.stringContaining('10 questions'),
  });
});

test('speaking: names under a domain of the client take their time', () => {
  const verdict = diagnoseOutside({ breaks: [searched(() => lookup(1304)), madeUp(late)] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', namespace: 'pay', name: 'checkout-1' }, explains: 1 },
  ]);
  expect(verdict.findings[0]?.evidence.map(({ says }) => says).join('\n')).toContain('10 questions for 5 names');
  expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('search list');
});

test('speaking: names under it are never answered, and the lookup goes on after the timeout', () => {
  const breaks = [searched(() => lookup(10_004)), madeUp(() => silent({ phase: 'dns', waitedMs: 16_700 }))];
  expect(outsideFinding(id, { breaks })).toMatchObject({ certainty: 'proven' });
});

test('speaking: the domain is that of the nodes, and nobody asked for it by itself: likely', () => {
  const finding = outsideFinding(id, { isDomainOfNode: true, breaks: [searched(() => lookup(1304))] });
  expect(finding).toMatchObject({ certainty: 'likely', object: null });
  expect(finding?.wouldSettle).toContain(DOMAIN);
});

describe('a Service by its full name', () => {
  const name = 'web.shop.svc.cluster.local';
  const facts = outsideWorld({});
  const asked = (breaks: Break[], host = name): World => ({
    ...facts,
    target: serviceOnly({ host, isHostWritten: true, from: askedByCheckout }),
    breaks: [
      ...breaks,
      (path) => (isLookup(name, path) || isLookup(`${name}.`, path) ? times(4, () => lookup(3, ['10.96.0.80'])) : null),
      (path) =>
        isQuestion(`${name}.${DOMAIN}`, path) ? times(2, () => dnsAnswer({ rcode: 'NXDOMAIN', answers: [] })) : null,
    ],
  });
  const isAsked: Break = (path, from) =>
    isLookup(name, path) && from.kind === 'twin' ? times(6, () => lookup(4008)) : null;
  const isSlowUnder: Break = (path) =>
    isQuestion(`${name}.${DOMAIN}`, path) ? times(2, () => silent({ phase: 'dns', waitedMs: 16_700 })) : null;

  test('waits for a search domain of its client', () => {
    const { status, findings } = diagnoseSearched(asked([isAsked, isSlowUnder]));
    expect(status).toBe('faulty');
    expect(findings).toMatchObject([
      { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', name: 'checkout-1' } },
    ]);
  });

  test.for<[string, Sample]>([
    ['says that it failed', dnsAnswer({ rcode: 'SERVFAIL', answers: [] })],
    ['does not answer', silent({ phase: 'dns', waitedMs: 16_700 })],
  ])('is healthy where such a domain %s, and lookups are quick all the same', ([, answer]) => {
    const under: Break = (path) => (isQuestion(`${name}.${DOMAIN}`, path) ? times(2, () => answer) : null);
    expect(diagnoseSearched(asked([under]))).toMatchObject({ status: 'healthy', findings: [] });
  });

  test('is not looked for where it is written shorter', () => {
    expect(findingOf(id, asked([isAsked, isSlowUnder], 'web.shop.svc'))).toBeNull();
  });
});

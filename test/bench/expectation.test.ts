import { expect, test } from 'vitest';
import { answerOf, differences, expectedAnswer } from '../../bench/expectation.ts';
import { Scenario, type Expectation } from '../../src/lab/scenario/scenario.ts';
import type { Finding, Verdict } from '../../src/model/verdict.ts';

function finding(over: Partial<Finding> = {}): Finding {
  return {
    diagnosis: 'policy-denies-ingress',
    class: 'policy',
    certainty: 'proven',
    title: '',
    object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'allow-edge' },
    where: { from: 'worker-1', to: 'worker-2' },
    timer: { name: 'nginx proxy-connect-timeout', ms: 5000 },
    explains: 0.6,
    evidence: [{ label: 'Ladder', says: '4 connects needed 2 retransmissions (4 times)', samples: [] }],
    fix: null,
    wouldSettle: null,
    ...over,
  };
}
const denied = finding();
const overlay = finding({
  diagnosis: 'broken-node-overlay',
  object: { kind: 'Node', namespace: null, name: 'worker-2' },
  explains: 0.3,
});

function verdict(over: Partial<Verdict> = {}): Verdict {
  const findings = over.findings ?? [denied];
  const status = findings.length === 0 ? 'healthy' : 'faulty';
  return { status, findings, ruledOut: [], ...over } as Verdict;
}
const healthy = verdict({ findings: [] });
const acquits = (suspect: string): Verdict => verdict({ ruledOut: [{ suspect, because: 'x' }] });

function expecting(expected: object): Expectation {
  return Scenario.parse({ title: 'x', diagnose: ['x'], expect: { status: 'faulty', ...expected } }).expect;
}
const diagnosis = denied.diagnosis;
/** Expects one finding in the long form. */
const one = (over: object): Expectation => expecting({ findings: [{ diagnosis, ...over }] });
const both = expecting({ findings: [{ diagnosis }, { diagnosis: 'broken-node-overlay' }] });

test.for<readonly [string, Expectation, Verdict]>([
  ['a healthy path called healthy', expecting({ status: 'healthy' }), healthy],
  ['the diagnosis alone', expecting({ diagnosis }), verdict()],
  ['the object by name', expecting({ diagnosis, object: 'NetworkPolicy/shop/allow-edge' }), verdict()],
  ['the object by pattern', expecting({ diagnosis, object: 'NetworkPolicy/shop/allow-*' }), verdict()],
  [
    'a cluster-scoped object',
    expecting({ diagnosis: overlay.diagnosis, object: 'Node/worker-2' }),
    verdict({ findings: [overlay] }),
  ],
  ['a line of evidence', expecting({ diagnosis, says: 'needed 2 retransmissions (' }), verdict()],
  ['part of the timer', expecting({ diagnosis, timer: 'connect-timeout' }), verdict()],
  ['part of an object', one({ object: { kind: 'NetworkPolicy', name: 'allow-*' } }), verdict()],
  ['part of the place', one({ where: { to: 'worker-2' } }), verdict()],
  ['a share that is large enough', one({ explainsAtLeast: 0.6 }), verdict()],
  ['all of two findings', both, verdict({ findings: [denied, overlay] })],
  [
    'something possible beside what is sure',
    expecting({ diagnosis }),
    verdict({ findings: [denied, { ...overlay, certainty: 'possible' }] }),
  ],
  [
    'one that is only possible where that is expected',
    expecting({ status: 'inconclusive', findings: [{ diagnosis, certainty: 'possible' }] }),
    verdict({ status: 'inconclusive', findings: [finding({ certainty: 'possible' })] }),
  ],
  ['another suspect ruled out', expecting({ diagnosis }), acquits('DNS')],
  ['shares that are 1 but for rounding', both, verdict({ findings: [{ ...denied, explains: 0.701 }, overlay] })],
])('is content with %s', ([, expected, said]) => {
  expect(differences(expected, said)).toEqual([]);
});

test.for<readonly [string, Expectation, Verdict, string]>([
  [
    'another status',
    expecting({ status: 'inconclusive', diagnosis }),
    verdict(),
    'status faulty instead of inconclusive',
  ],
  [
    'another line of evidence',
    expecting({ diagnosis, says: 'needed 1 ' }),
    verdict(),
    'policy-denies-ingress: no line of evidence with "needed 1 "',
  ],
  [
    'another certainty',
    expecting({ diagnosis, certainty: 'likely' }),
    verdict(),
    'policy-denies-ingress: certainty proven instead of likely',
  ],
  [
    'a finding that is only possible',
    expecting({ diagnosis }),
    verdict({ findings: [finding({ certainty: 'possible' })] }),
    'policy-denies-ingress: certainty possible instead of a surer one',
  ],
  [
    'another object',
    expecting({ diagnosis, object: 'Service/shop/web' }),
    verdict(),
    'policy-denies-ingress: object NetworkPolicy/shop/allow-edge instead of Service/shop/web',
  ],
  [
    'no object',
    expecting({ diagnosis, object: 'Service/shop/web' }),
    verdict({ findings: [finding({ object: null })] }),
    'policy-denies-ingress: object none instead of Service/shop/web',
  ],
  [
    'another place',
    one({ where: { from: 'worker-3' } }),
    verdict(),
    'policy-denies-ingress: from worker-1 instead of worker-3',
  ],
  [
    'another timer',
    expecting({ diagnosis, timer: 'SYN' }),
    verdict(),
    'policy-denies-ingress: timer nginx proxy-connect-timeout instead of SYN',
  ],
  [
    'a share that is too small',
    one({ explainsAtLeast: 0.9 }),
    verdict(),
    'policy-denies-ingress: explains 0.6 instead of at least 0.9',
  ],
  [
    'a finding too many',
    expecting({ diagnosis }),
    verdict({ findings: [denied, { ...overlay, certainty: 'likely' }] }),
    'extra finding broken-node-overlay (likely)',
  ],
  [
    'the same finding twice',
    expecting({ diagnosis }),
    verdict({ findings: [denied, { ...denied, explains: 0.1 }] }),
    'extra finding policy-denies-ingress (proven)',
  ],
  ['a finding too few', both, verdict(), 'no finding broken-node-overlay'],
  [
    'the wrong finding first',
    both,
    verdict({ findings: [overlay, denied] }),
    'first finding broken-node-overlay instead of policy-denies-ingress',
  ],
  [
    'the cause on the list of what was ruled out',
    expecting({ diagnosis }),
    acquits('NetworkPolicy'),
    'NetworkPolicy ruled out, and it is the cause',
  ],
  [
    'what the scenario keeps off that list',
    expecting({ diagnosis, notRuledOut: ['DNS'] }),
    acquits('DNS (2 of 2 servers)'),
    'DNS ruled out, and it is the cause',
  ],
  [
    'symptoms that are explained twice',
    both,
    verdict({ findings: [{ ...denied, explains: 0.75 }, overlay] }),
    'shares sum to 1.050',
  ],
  [
    'something possible where health is expected',
    expecting({ status: 'healthy' }),
    verdict({ status: 'healthy', findings: [finding({ certainty: 'possible' })] }),
    'extra finding policy-denies-ingress (possible)',
  ],
])('names %s', ([, expected, said, difference]) => {
  expect(differences(expected, said)).toEqual([difference]);
});

test('another diagnosis is one missing and one too many', () => {
  expect(differences(expecting({ diagnosis: 'lost-syn' }), verdict())).toEqual([
    'no finding lost-syn',
    'extra finding policy-denies-ingress (proven)',
  ]);
});

test('a finding where health is expected is wrong twice', () => {
  expect(differences(expecting({ status: 'healthy' }), verdict())).toHaveLength(2);
});

test('the answer is all sure findings, or the status', () => {
  const possible = finding({ certainty: 'possible' });
  expect([
    answerOf(verdict({ findings: [denied, overlay] })),
    answerOf(healthy),
    answerOf(verdict({ status: 'inconclusive', findings: [possible] })),
    expectedAnswer(both),
  ]).toEqual([
    'broken-node-overlay + policy-denies-ingress',
    'healthy',
    'inconclusive',
    'broken-node-overlay + policy-denies-ingress',
  ]);
});

test.for<readonly [object, RegExp]>([
  [{ findings: [], diagnosis }, /findings stand in place/],
  [{ object: 'Service/shop/web' }, /needs its diagnosis/],
  [{ status: 'healthy', diagnosis }, /who is healthy has no findings/],
  [{ findings: [{ diagnosis, object: 'Service/shop/web' }] }, /expected object/],
])('%j cannot be expected', ([expected, problem]) => {
  expect(() => expecting(expected)).toThrow(problem);
});

test('where none of several leads by what is broken, any may come first', () => {
  const findings = [{ diagnosis: denied.diagnosis }, { diagnosis: overlay.diagnosis }];
  for (const told of [
    [overlay, denied],
    [denied, overlay],
  ])
    expect(differences(expecting({ findings, anyOrder: true }), verdict({ findings: told }))).toEqual([]);
});

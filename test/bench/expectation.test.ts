import { expect, test } from 'vitest';
import { answerOf, differences } from '../../bench/expectation.ts';
import { Scenario } from '../../src/lab/scenario/scenario.ts';
import type { Finding, Verdict } from '../../src/model/verdict.ts';

const denied = {
  diagnosis: 'policy-denies-ingress',
  certainty: 'proven',
  object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'allow-edge' },
  timer: { name: 'nginx proxy-connect-timeout', ms: 5000 },
  evidence: [{ label: 'Ladder', says: '4 connects needed 2 retransmissions (4 times)', samples: [] }],
} as unknown as Finding;

const faulty = { status: 'faulty', findings: [denied] } as unknown as Verdict;
const healthy = { status: 'healthy', findings: [] } as unknown as Verdict;

function expecting(expected: object): Scenario['expect'] {
  return Scenario.parse({ title: 'x', diagnose: ['x'], expect: { status: 'faulty', ...expected } }).expect;
}

test.for([
  ['a healthy path called healthy', expecting({ status: 'healthy' }), healthy],
  ['the diagnosis alone', expecting({ diagnosis: 'policy-denies-ingress' }), faulty],
  ['the object by name', expecting({ diagnosis: denied.diagnosis, object: 'NetworkPolicy/shop/allow-edge' }), faulty],
  ['the object by pattern', expecting({ diagnosis: denied.diagnosis, object: 'NetworkPolicy/shop/allow-*' }), faulty],
  ['a line of evidence', expecting({ diagnosis: denied.diagnosis, says: 'needed 2 retransmissions (' }), faulty],
  ['part of the timer', expecting({ diagnosis: denied.diagnosis, timer: 'connect-timeout' }), faulty],
] as const)('is content with %s', ([, expected, verdict]) => {
  expect(differences(expected, verdict)).toEqual([]);
});

test.for([
  [
    'another status',
    expecting({ status: 'inconclusive', diagnosis: denied.diagnosis }),
    'status faulty instead of inconclusive',
  ],
  [
    'another line of evidence',
    expecting({ diagnosis: denied.diagnosis, says: 'needed 1 ' }),
    'no line of evidence with "needed 1 "',
  ],
  ['another diagnosis', expecting({ diagnosis: 'lost-syn' }), 'answer policy-denies-ingress instead of lost-syn'],
  [
    'another certainty',
    expecting({ diagnosis: denied.diagnosis, certainty: 'likely' }),
    'certainty proven instead of likely',
  ],
  [
    'another object',
    expecting({ diagnosis: denied.diagnosis, object: 'Service/shop/web' }),
    'object NetworkPolicy/shop/allow-edge instead of Service/shop/web',
  ],
  [
    'another timer',
    expecting({ diagnosis: denied.diagnosis, timer: 'SYN' }),
    'timer nginx proxy-connect-timeout instead of SYN',
  ],
] as const)('names %s', ([, expected, difference]) => {
  expect(differences(expected, faulty)).toEqual([difference]);
});

test('a finding where health is expected is wrong twice', () => {
  expect(differences(expecting({ status: 'healthy' }), faulty)).toHaveLength(2);
});

test('the answer is the first finding, or the status', () => {
  expect([answerOf(faulty), answerOf(healthy)]).toEqual(['policy-denies-ingress', 'healthy']);
});

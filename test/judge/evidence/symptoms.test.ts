import { describe, expect, test } from 'vitest';
import { pathEvidence } from '../../../src/judge/evidence/path-evidence.ts';
import { symptomsOf } from '../../../src/judge/evidence/symptoms.ts';
import type { Sample } from '../../../probes/wire.ts';
import { agent, cut, dnsAnswer, path, refused, sample, silent, to } from '../make.ts';

const symptoms = (samples: readonly Sample[], userFacing = true) => {
  const measured = pathEvidence({
    path: path('local', to.entry(), { userFacing }),
    from: agent('local'),
    to: null,
    attempts: samples.map((each, index) => ({ index, sample: each })),
    schedule: null,
    slowAfterMs: 200,
    isFarEndLost: false,
  });
  return symptomsOf([measured], new Map(), 200).map(({ kind, attempt }) => [attempt.index, kind]);
};

describe('nothing to notice', () => {
  test.for([
    ['a fast answer', sample({ connectMs: 1, status: 200 })],
    ['just under slow', sample({ firstByteMs: 199.9, status: 200 })],
    ['a 404 is an answer', sample({ firstByteMs: 3, status: 404 })],
    ['a slow answer during our own stall', sample({ firstByteMs: 300, status: 200, stalledMs: 280 })],
    ['an attempt cut too soon', cut({ waitedMs: 1000 })],
    ['an answer to a DNS query', dnsAnswer()],
  ] as const)('%s', ([, each]) => {
    expect(symptoms([each])).toEqual([]);
  });

  test('what happens on an experiment is no symptom', () => {
    expect(symptoms([silent(), sample({ firstByteMs: 5000 })], false)).toEqual([]);
  });
});

test.for([
  ['a slow answer', sample({ firstByteMs: 200, status: 200 }), 'slow'],
  ['a slow 404', sample({ firstByteMs: 5000, status: 404 }), 'slow'],
  ['a gateway timeout', sample({ firstByteMs: 15_010, status: 504 }), 'gateway-error'],
  ['a fast bad gateway', sample({ firstByteMs: 1, status: 502 }), 'gateway-error'],
  ['nobody behind the ingress', sample({ firstByteMs: 1, status: 503 }), 'gateway-error'],
  ['the application’s own failure', sample({ firstByteMs: 1, status: 500 }), 'failed'],
  ['a refusal', refused(), 'failed'],
  ['silence', silent(), 'failed'],
  ['a name that is not found', dnsAnswer({ rcode: 'NXDOMAIN' }), 'failed'],
] as const)('%s is noticed', ([, each, kind]) => {
  expect(symptoms([sample(), each])).toEqual([[1, kind]]);
});

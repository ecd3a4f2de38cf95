import { describe, expect, test } from 'vitest';
import type { Reach, SweepTarget, TargetReport } from '../../src/model/sweep.ts';
import { assertionsOf, checkReport } from '../../src/sweep/check-report.ts';
import { readExpectation } from '../../src/sweep/expectations.ts';
import { verdict } from '../render/samples.ts';
import { sweepReport, targetReport } from '../render/sweeps.ts';

const asked = (...expected: string[]): SweepTarget => ({
  key: 'shop/svc/web',
  target: 'svc/web',
  namespace: 'shop',
  from: null,
  slowAfterMs: 500,
  expect: expected.flatMap((text) => readExpectation(text) ?? []),
});

const reach = (policy: Partial<Reach['policy']>, answered = 0): Reach => ({
  answered,
  unanswered: 6 - answered,
  vantages: ['twin'],
  endpoints: 2,
  policy: {
    verdict: 'deny',
    direction: 'ingress',
    policies: [{ namespace: 'shop', name: 'closed' }],
    because: 'no rule admits it',
    enforced: 'yes',
    ...policy,
  },
});
const OPEN: Partial<Reach['policy']> = { verdict: 'allow', direction: null, policies: [] };
const UNSURE: Partial<Reach['policy']> = { ...OPEN, verdict: 'unknown', because: 'other policies exist' };
const service = { kind: 'Service', namespace: 'shop', name: 'web' };

interface Told extends Partial<TargetReport> {
  readonly met?: boolean | null;
}

function assertionFor(expected: string, { met = true, ...over }: Told) {
  const target = asked(expected);
  const measured = '0 of 6 attempts answered';
  const told = targetReport({
    key: target.key,
    object: service,
    expectations: [{ says: expected, met, measured }],
    ...over,
  });
  const report = sweepReport({ targets: [told], notes: [] });
  const { assertions, status } = checkReport({ report, targets: [target], notes: [], file: 'reach.yaml' });
  return { ...assertions[0], status };
}

describe('an assertion', () => {
  test.for([
    ['is open, as expected', 'reachable', { reach: reach(OPEN, 6) }, 'holds', 'healthy'],
    ['is denied, as expected', 'unreachable', { reach: reach({}) }, 'holds', 'healthy'],
    ['is silent, and policies do not tell', 'unreachable', { reach: reach(UNSURE) }, 'holds', 'healthy'],
    ['is silent outside of the cluster', 'unreachable', { reach: reach(OPEN), object: null }, 'holds', 'healthy'],
    ['is silent, but nothing denies it', 'unreachable', { reach: reach(OPEN) }, 'unclear', 'inconclusive'],
    [
      'is silent, for nothing is there',
      'unreachable',
      { reach: { ...reach(UNSURE), endpoints: 0 } },
      'unclear',
      'inconclusive',
    ],
    ['is open against the wish', 'unreachable', { met: false, reach: reach(OPEN, 6) }, 'fails', 'faulty'],
    ['is denied against the wish', 'reachable', { met: false, reach: reach({}) }, 'fails', 'faulty'],
    ['cannot be told', 'reachable', { met: null, reach: reach(OPEN, 5) }, 'unclear', 'inconclusive'],
    ['was not measured', 'unreachable', { met: null, state: 'unmeasured' }, 'unmeasured', 'inconclusive'],
  ] as const)('%s', ([, expected, told, result, status]) => {
    expect(assertionFor(expected, told)).toMatchObject({ result, status, expected });
  });

  test('names the policy that denies, where it should be open', () => {
    expect(assertionFor('reachable', { met: false, reach: reach({}) }).says).toBe(
      '0 of 6 attempts answered; NetworkPolicy shop/closed denies it (ingress)',
    );
  });

  test('keeps what is wrong beside what holds, but for what stops whom it should stop', () => {
    const told = { verdict: verdict() };
    expect(assertionFor('reachable', { ...told, reach: reach(OPEN, 6) }).finding).not.toBeNull();
    expect(assertionFor('unreachable', { ...told, reach: reach({}) }).finding).toBeNull();
  });
});

describe('what of a sweep file is asserted', () => {
  test('only what speaks of reaching, and the rest is said', () => {
    const { targets, notes } = assertionsOf(
      [asked('reachable', 'p99 < 50ms'), asked('loss < 1%'), asked()],
      'sweep.yaml',
    );
    expect(targets.map(({ expect: wanted }) => wanted.map(({ says }) => says))).toEqual([['reachable']]);
    expect(notes.map(({ what }) => what)).toEqual(['2 targets of the file', '1 expectation of the file']);
  });

  test('nothing at all is a mistake, and so is both', () => {
    expect(() => assertionsOf([asked('loss < 1%')], 'sweep.yaml')).toThrow(/^sweep\.yaml says of no target/u);
    expect(() => assertionsOf([asked('reachable', 'unreachable')], 'f')).toThrow(/reachable and unreachable$/u);
  });
});

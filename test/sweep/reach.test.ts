import { describe, expect, test } from 'vitest';
import type { NetworkPolicy } from '../../src/model/cluster.ts';
import { judge } from '../../src/judge/judge.ts';
import type { SweepTarget } from '../../src/model/sweep.ts';
import { readExpectation } from '../../src/sweep/expectations.ts';
import { targetReport } from '../../src/sweep/target-report.ts';
import { policy, silent } from '../judge/make.ts';
import { askedByCheckout, type Break, checkoutCluster, run, serviceOnly } from '../judge/world.ts';

const silence: Break = ({ userFacing }) => (userFacing ? [silent(), silent(), silent()] : null);
const letsOut = policy({
  namespace: 'pay',
  name: 'locked',
  spec: { podSelector: {}, policyTypes: ['Egress'] },
});
const elsewhere = policy({ namespace: 'kube-system' });

interface Given {
  readonly expected: 'reachable' | 'unreachable';
  readonly only: NetworkPolicy;
  readonly isSilent: boolean;
  /** Nobody is named, or nothing with the identity of whom is named could ask. */
  readonly client?: 'named' | 'nobody' | 'without a twin';
}

function report({ expected, only, isSilent, client = 'named' }: Given) {
  const target = serviceOnly({ from: client === 'named' ? askedByCheckout : null });
  const recording = run({ cluster: checkoutCluster(only), target, breaks: isSilent ? [silence] : [] });
  const asked: SweepTarget = {
    key: 'k',
    target: 'svc/web',
    namespace: 'shop',
    from: client === 'nobody' ? null : 'pay/checkout',
    slowAfterMs: 500,
    expect: [readExpectation(expected)!],
  };
  const outcome = {
    kind: 'measured',
    recording,
    verdict: judge(recording),
    firstLook: null,
    isUnfinished: false,
  } as const;
  return targetReport(asked, outcome);
}

describe('whether a target is reached', () => {
  test('denied and silent: unreachable as expected, and the policy is named', () => {
    const told = report({ expected: 'unreachable', only: policy(), isSilent: true });
    expect(told).toMatchObject({
      state: 'healthy',
      says: expect.stringMatching(
        /^unreachable, as expected: .* answered; NetworkPolicy shop\/deny-all denies it \(ingress\)$/u,
      ),
      reach: {
        answered: 0,
        vantages: ['twin'],
        endpoints: 2,
        policy: { verdict: 'deny', direction: 'ingress', enforced: 'yes' },
      },
    });
  });

  test('denied by the client’s own side: that policy is named', () => {
    const told = report({ expected: 'unreachable', only: letsOut, isSilent: true });
    expect(told.reach?.policy).toMatchObject({ direction: 'egress', policies: [{ namespace: 'pay', name: 'locked' }] });
  });

  test.for([
    ['reachable and reached', 'reachable', elsewhere, false, true],
    ['reachable and silent', 'reachable', elsewhere, true, false],
    ['unreachable and reached', 'unreachable', elsewhere, false, false],
    // Denied by the destination, whose pods are no newborns: somebody does not enforce.
    ['unreachable, reached against the policy', 'unreachable', policy(), false, false],
    // A twin that gets out may only be too new.
    ['unreachable, reached against an egress policy', 'unreachable', letsOut, false, null],
  ] as const)('%s', ([, expected, only, isSilent, met]) => {
    expect(report({ expected, only, isSilent }).expectations[0]?.met).toBe(met);
  });

  test('asked with another identity, nothing is proven either way', () => {
    for (const expected of ['reachable', 'unreachable'] as const) {
      for (const isSilent of [true, false]) {
        const told = report({ expected, only: policy(), isSilent, client: 'without a twin' });
        expect(told.expectations[0]).toMatchObject({
          met: null,
          measured: expect.stringContaining('not with that of pay/checkout'),
        });
      }
    }
  });

  test('of nobody in particular, a probe pod is good enough', () => {
    const told = report({ expected: 'unreachable', only: policy(), isSilent: true, client: 'nobody' });
    expect(told).toMatchObject({ state: 'healthy', reach: { vantages: ['control'], policy: { verdict: 'deny' } } });
  });

  test('is told of no target that does not ask', () => {
    const recording = run();
    const asked = { key: 'k', target: 'svc/web', namespace: 'shop', from: null, slowAfterMs: 500, expect: [] };
    const outcome = {
      kind: 'measured',
      recording,
      verdict: judge(recording),
      firstLook: null,
      isUnfinished: false,
    } as const;
    expect(targetReport(asked, outcome)).not.toHaveProperty('reach');
  });
});

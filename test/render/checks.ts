/** Reports of a check as one would make them: made up, for renderers. */
import type { Assertion, CheckReport } from '../../src/model/check.ts';
import { sweepReport } from './sweeps.ts';

const reach = {
  answered: 6,
  unanswered: 0,
  vantages: ['twin'],
  endpoints: 2,
  policy: {
    verdict: 'allow',
    direction: null,
    policies: [{ namespace: 'shop', name: 'api-for-web' }],
    because: 'shop/api-for-web admits it with its rule 1',
    enforced: 'yes',
  },
} satisfies Assertion['reach'];

const denied = {
  ...reach,
  answered: 0,
  unanswered: 6,
  policy: { ...reach.policy, verdict: 'deny', direction: 'ingress', because: 'no rule of shop/api-for-web admits it' },
} satisfies Assertion['reach'];

const assertion = (over: Partial<Assertion> = {}): Assertion => ({
  from: 'shop/web',
  target: 'svc/api',
  namespace: 'shop',
  expected: 'reachable',
  result: 'holds',
  says: '6 of 6 attempts answered',
  reach,
  finding: null,
  ...over,
});

export const checkReport = (over: Partial<CheckReport> = {}): CheckReport => ({
  schema: 'kprobe/check/v1',
  cluster: { id: 'c1', name: 'kind' },
  file: 'reach.yaml',
  status: 'faulty',
  summary: '5 assertions: 1 fails, 1 cannot be told, 1 could not be measured, 2 hold',
  assertions: [
    assertion(),
    assertion({ from: 'pay/cron', expected: 'unreachable', says: '0 of 6 attempts answered', reach: denied }),
    assertion({
      from: 'pay/checkout',
      result: 'fails',
      says: '0 of 6 attempts answered; NetworkPolicy shop/api-for-web denies it (ingress)',
      reach: denied,
      finding: { diagnosis: 'policy-denies-ingress', certainty: 'proven', title: 'NetworkPolicy shop/api-for-web …' },
    }),
    assertion({
      from: null,
      target: 'svc/db',
      expected: 'unreachable',
      result: 'unclear',
      says: '0 of 6 attempts answered, and yet policies admit it',
      reach: { ...denied, vantages: ['control'], policy: { ...reach.policy, policies: [] } },
    }),
    assertion({
      target: 'svc/<gone>|',
      result: 'unmeasured',
      says: 'there is no Service shop/<gone>',
      reach: null,
    }),
  ],
  notes: [{ what: '1 target of the file', because: 'neither reachable nor unreachable is expected there' }],
  run: sweepReport().run,
  ...over,
});

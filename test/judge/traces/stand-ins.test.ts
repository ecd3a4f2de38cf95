import { expect, test } from 'vitest';
import { ownerOf } from '../../../src/judge/rules/owner.ts';
import { standInsOf, withStandIns } from '../../../src/judge/traces/stand-ins.ts';
import { hostAgent, twinAgent } from '../../../src/plan/agents.ts';
import { cluster, pod, policy } from '../make.ts';
import { flow, steps } from '../rules/steps.ts';

const CLIENT = pod({ name: 'client-1' });
const WEB = pod({ name: 'web-2', node: 'worker-2' });
const OPEN_TO_CLIENT = policy({
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }] }],
  },
});
const KNOWN = cluster({ pods: [CLIENT, WEB], networkPolicies: [OPEN_TO_CLIENT] });
const TWIN = twinAgent('as', CLIENT);
const hello = (agent: string) => ({ agent, addresses: ['10.244.1.99'] });

test('nobody stands in for anybody: the cluster is what it was', () => {
  const host = hostAgent('worker-1');
  expect(standInsOf([TWIN], [])).toEqual([]);
  expect(standInsOf([host], [hello(host.id)])).toEqual([]);
  expect(withStandIns(KNOWN, [])).toEqual(KNOWN);
});

test('a stand-in is the pod that it stands for, at its own address', () => {
  const standIns = standInsOf([TWIN], [hello(TWIN.id), hello('another')]);
  expect(standIns).toEqual([{ of: { namespace: 'shop', name: 'client-1' }, addresses: ['10.244.1.99'] }]);
  const { pods } = withStandIns(KNOWN, standIns);
  expect(pods.map(({ addresses }) => addresses)).toEqual([['10.244.1.11', '10.244.1.99'], WEB.addresses]);
});

test('a rule that stops it while the policies admit the pod is behind them, not made by them', () => {
  const way = steps(
    'inet site in_10_244_2_12: ip daddr 10.244.2.12 jump closed -> jump closed',
    'inet site closed: drop -> drop',
  );
  const packet = flow({ source: '10.244.1.99' });
  const seenAs = (known: typeof KNOWN) => ownerOf(way, known, packet);
  expect(seenAs(KNOWN)).toMatchObject({ object: { kind: 'NetworkPolicy', name: 'deny-all' } });
  expect(seenAs(withStandIns(KNOWN, standInsOf([TWIN], [hello(TWIN.id)])))).toMatchObject({
    names: { namespace: 'shop', name: 'web-2' },
    means: expect.stringContaining('by the API is open to this packet'),
  });
});

import { expect, test } from 'vitest';
import { hasPodIdentity } from '../../src/model/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { pod, policy } from '../judge/make.ts';
import { askedByCheckout, checkoutCluster, serviceOnly } from '../judge/world.ts';

const guarded = checkoutCluster(policy({ namespace: 'pay', name: 'only-dns' }));
const target = serviceOnly({ from: askedByCheckout });
const SETTINGS = { run: 'r', deadlineMs: 60_000, hostVantages: true };

const client = (name: string, node: string, more: object = {}) =>
  pod({ namespace: 'pay', name, node, labels: { app: 'checkout' }, addresses: ['10.244.1.9'], ...more });
function planned(pods: readonly ReturnType<typeof client>[], inside = true) {
  const names = pods.map(({ namespace, name }) => ({ namespace, name }));
  const asked = { ...target, from: { ...askedByCheckout, pods: names } };
  return makePlan({ ...guarded, pods: [...guarded.pods, ...pods] }, asked, { ...SETTINGS, inside });
}
const asking = ({ agents }: ReturnType<typeof planned>) => agents.filter(({ underTest }) => underTest);

test('without --inside a twin asks', () => {
  expect(asking(makePlan(guarded, target, SETTINGS)).map(({ kind }) => kind)).toEqual(['twin']);
});

test('inside stands in the very pod, asks what a twin would ask, and answers nobody', () => {
  const [inside, twin] = [true, false].map((each) => makePlan(guarded, target, { ...SETTINGS, inside: each }));
  const [agent] = asking(inside!);
  expect(agent).toMatchObject({ kind: 'inside', of: { namespace: 'pay', name: 'checkout-1' }, node: 'worker-3' });
  expect(inside!.assignments[agent!.id]?.answers).toEqual({ tcp: [], udp: [] });
  const waysOf = (plan: typeof inside) =>
    plan!.paths.filter(({ from }) => asking(plan!).some(({ id }) => id === from)).map(({ id }) => id.split(' > ')[1]);
  expect(waysOf(inside)).toEqual(waysOf(twin));
  expect(inside!.paths.filter(({ to }) => to.kind === 'agent' && to.agent === agent!.id)).toEqual([]);
});

test('one pod a node and two in all, which is said', () => {
  const pods = [
    client('a', 'worker-1'),
    client('b', 'worker-1'),
    client('c', 'worker-2'),
    client('d', 'worker-3'),
    client('gone', 'worker-2', { phase: 'Succeeded' }),
  ];
  const plan = planned(pods);
  expect(asking(plan).map(({ of }) => of?.name)).toEqual(['a', 'c']);
  expect(plan.limitations).toContainEqual({
    what: 'the view from inside pay/checkout on 1 more node',
    because: 'containers are put into 2 pods at most',
  });
});

test('a pod on the host network is asked from within as well, and resolves names by what it is set to', () => {
  const plan = planned([client('a', 'worker-1', { hostNetwork: true })]);
  const [agent] = asking(plan);
  expect(agent).toMatchObject({ kind: 'inside', identity: { hostNetwork: true } });
  const asked = plan.paths.filter(({ from }) => from === agent?.id).map(({ probe }) => probe.kind);
  expect(new Set(asked)).toEqual(new Set(['http', 'tcp', 'resolver']));
});

test('where no pod runs, neutral vantages ask, which is said', () => {
  const plan = planned([client('a', 'worker-1', { phase: 'Pending' })]);
  expect(plan.agents.filter(hasPodIdentity).every(({ underTest }) => !underTest)).toBe(true);
  expect(plan.limitations).toContainEqual({
    what: 'the view from inside pay/checkout',
    because: 'none of its pods runs on a node that is probed',
  });
});

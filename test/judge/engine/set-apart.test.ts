import { describe, expect, test } from 'vitest';
import { hello, pod, policy, sample, silent, times } from '../make.ts';
import {
  askedByCheckout,
  checkout,
  checkoutCluster,
  diagnose,
  dns,
  nginx,
  run,
  serviceOnly,
  shopCluster,
  web,
} from '../world.ts';
import type { Break } from '../world.ts';

const SPARE = '169.254.20.10';
const CLUSTER_DNS = '10.96.0.10';

const deaf =
  (address: string, lost = 4): Break =>
  (path) =>
    path.to.kind === 'dns-server' && path.to.address === address && path.from.startsWith('as:')
      ? times(lost, () => silent({ phase: 'dns' }))
      : null;

function verdict(nameservers: string[], breaks: Break[], options: string[] = ['ndots:5']) {
  const client = { ...checkout, dnsPolicy: 'None', dnsConfig: { nameservers, searches: [], options } };
  const cluster = shopCluster({ pods: [...web, ...nginx, ...dns, client] });
  return diagnose({ cluster, target: serviceOnly({ from: askedByCheckout }), breaks });
}

test('a dead nameserver that nothing asks is said, and is no fault', () => {
  const { status, findings, notMeasured } = verdict([CLUSTER_DNS, SPARE], [deaf(SPARE)]);
  expect({ status, findings }).toEqual({ status: 'healthy', findings: [] });
  expect(notMeasured).toContainEqual(expect.objectContaining({ because: expect.stringContaining(SPARE) }));
});

test('a spare that answers is not worth a word', () => {
  expect(verdict([CLUSTER_DNS, SPARE], []).notMeasured).toEqual([]);
});

test('where the first one is dead it is the cause', () => {
  const { status, findings } = verdict([SPARE, CLUSTER_DNS], [deaf(SPARE)]);
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([{ diagnosis: 'dead-dns-endpoint', where: { to: SPARE } }]);
});

test('with rotate there is no first one', () => {
  const { status, findings } = verdict([CLUSTER_DNS, SPARE], [deaf(SPARE)], ['rotate']);
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([{ diagnosis: 'dead-dns-endpoint', where: { to: SPARE } }]);
});

test('where both are silent nobody calls it healthy', () => {
  expect(verdict([CLUSTER_DNS, SPARE], [deaf(SPARE), deaf(CLUSTER_DNS)]).status).not.toBe('healthy');
});

describe('a client that is an endpoint of the Service', () => {
  const itself = { namespace: 'shop', workload: 'web', pods: web.map(({ namespace, name }) => ({ namespace, name })) };
  const target = serviceOnly({ from: itself });
  const asking = (notMeasured: ReturnType<typeof diagnose>['notMeasured']) =>
    notMeasured.filter(({ what }) => what.includes('asking itself'));

  test('cannot be stood for by a twin, which is said for each', () => {
    const { status, notMeasured } = diagnose({ target });
    expect(status).toBe('inconclusive');
    expect(asking(notMeasured)).toEqual(
      [1, 2].map((number) => ({
        what: `web-${number} on worker-${number}, asking itself through Service shop/web`,
        because: 'only the pod itself takes that way, no twin of it; --inside measures it',
      })),
    );
  });

  test('is not asked by a twin that stands in for a container inside it', () => {
    // As recorded where nothing may be put into the pods: the agents have addresses of their own.
    const { status, notMeasured } = diagnose({ target, inside: true });
    expect(status).toBe('inconclusive');
    expect(asking(notMeasured)).toHaveLength(2);
  });

  test('asks itself with --inside', () => {
    const hellos = run({ target, inside: true }).plan.agents.map(({ id, kind, of }) => {
      const addresses = web.find(({ name }) => name === of?.name)?.addresses ?? [];
      return hello(id, kind === 'inside' ? { addresses } : {});
    });
    const many: Break = (path, { kind }) =>
      kind === 'inside' && path.to.kind === 'service' ? times(11, () => sample({ status: 200 })) : null;
    expect(diagnose({ target, inside: true, over: { hellos }, breaks: [many] })).toMatchObject({
      status: 'healthy',
      notMeasured: [],
    });
    const few: Break = (path, { kind }) =>
      kind === 'inside' && path.to.kind === 'service' ? times(3, () => sample({ status: 200 })) : null;
    const { status, notMeasured } = diagnose({ target, inside: true, over: { hellos }, breaks: [few] });
    expect(status).toBe('inconclusive');
    expect(asking(notMeasured)[0]?.because).toBe('it is one of 2 endpoints, and 3 attempts may all have met others');
  });

  test('has no such way on the host network', () => {
    const pods = [...web.map((each) => pod({ ...each, hostNetwork: true })), ...nginx, ...dns];
    expect(asking(diagnose({ target, cluster: shopCluster({ pods }) }).notMeasured)).toEqual([]);
  });
});

describe('a policy that does not let the client out', () => {
  const denies = policy({ namespace: 'pay', spec: { podSelector: {}, policyTypes: ['Egress'] } });
  const ask = (enforcer: string) => {
    const facts = checkoutCluster(denies);
    return diagnose({
      cluster: { ...facts, networking: { ...facts.networking, enforcer } },
      target: serviceOnly({ from: askedByCheckout }),
    });
  };

  test('and a twin that gets out all the same: nothing is known of the client', () => {
    const { status, notMeasured } = ask('calico');
    expect(status).toBe('inconclusive');
    expect(notMeasured[0]?.what).toBe('what pay/checkout-1 itself gets, which NetworkPolicy pay/deny-all denies');
  });

  test('where nobody enforces it, it lets it out, and that is what is said', () => {
    expect(ask('none').findings[0]?.diagnosis).toBe('policy-not-enforced');
  });
});

import { describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/model/cluster.ts';
import { parseSweepFile } from '../../src/sweep/file.ts';
import { draftReachFile } from '../../src/sweep/reach-init.ts';
import { policy, service } from '../judge/make.ts';
import { allowIngress, checkoutCluster } from '../judge/world.ts';

const draft = (facts: Cluster) => draftReachFile(facts, 'kind').text;
const told = (facts: Cluster) =>
  parseSweepFile(new TextEncoder().encode(draft(facts)), 'reach.yaml').targets.map(({ key, expect: [first] }) => [
    key,
    first?.says,
  ]);

const admitsCheckout = policy({
  name: 'for-checkout',
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'pay' } },
            podSelector: { matchLabels: { app: 'checkout' } },
          },
        ],
        ports: [{ protocol: 'TCP', port: 8080 }],
      },
    ],
  },
});

describe('a file from what policies say', () => {
  test('says who is admitted, and who is kept out', () => {
    const said = told(checkoutCluster(admitsCheckout));
    expect(said).toContainEqual([expect.stringMatching(/^shop\/svc\/web from pay\/checkout/u), 'reachable']);
    expect(said.filter(([, expected]) => expected === 'unreachable').length).toBeGreaterThan(0);
    expect(said.every(([key]) => !String(key).includes('kube-dns from'))).toBe(true);
  });

  test('the ports count: the Service’s in place of the container’s admits nobody', () => {
    const { spec, ...rest } = admitsCheckout;
    const wrong = { ...rest, spec: { ...spec, ingress: [{ ports: [{ protocol: 'TCP', port: 80 }] }] } };
    const said = told(checkoutCluster(wrong));
    expect(said.length).toBeGreaterThan(0);
    expect(said.every(([, expected]) => expected === 'unreachable')).toBe(true);
  });

  test('names the policy beside each line', () => {
    expect(draft(checkoutCluster(admitsCheckout))).toMatch(
      /from: pay\/checkout.*reachable \} {3}# shop\/for-checkout\n/u,
    );
    expect(draft(checkoutCluster(policy()))).toContain('# ingress: shop/deny-all');
  });

  test('leaves out what no policy speaks of, and says what that means', () => {
    const text = draft(checkoutCluster(policy({ namespace: 'kube-system' })));
    expect(text).toContain('targets: []');
    expect(draftReachFile(checkoutCluster(policy({ namespace: 'kube-system' })), 'kind').targets).toBe(0);
  });

  test('says where nothing enforces, and what cannot be told', () => {
    const facts = checkoutCluster(admitsCheckout);
    const idle = { ...facts, networking: { ...facts.networking, enforcer: 'none' } };
    expect(draft(idle)).toContain('# Nothing enforces NetworkPolicy in this cluster');
    const others = { ...facts, networking: { ...facts.networking, unevaluated: ['CiliumNetworkPolicy'] } };
    expect(draftReachFile(others, 'kind').targets).toBe(0);
    expect(draft(others)).toContain('# Not told by policies: pay/checkout');
  });

  test('a Service of several ports is named with each', () => {
    const ports = [80, 9090].map((port) => ({
      name: `p${port}`,
      port,
      targetPort: 8080,
      nodePort: null,
      protocol: 'TCP' as const,
    }));
    const facts = { ...checkoutCluster(allowIngress), services: [service({ ports })] };
    const keys = told(facts).map(([key]) => key);
    expect(keys).toContain('shop/svc/web:80 from pay/checkout');
    expect(keys).toContain('shop/svc/web:9090 from pay/checkout');
  });

  test('is read again whatever things are called', () => {
    const facts = checkoutCluster(policy());
    expect(() => told({ ...facts, services: facts.services.map((each) => ({ ...each, name: 'a: {b}, #c' })) })).toThrow(
      /blanks/u,
    );
  });
});

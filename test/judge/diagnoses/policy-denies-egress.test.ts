import { expect, test } from 'vitest';
import { unanswered } from '../breaks.ts';
import { namespace, pod, policy } from '../make.ts';
import { diagnose, dns, findingOf, nginx, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-denies-egress';
const checkout = pod({
  namespace: 'pay',
  name: 'checkout-1',
  node: 'worker-3',
  labels: { app: 'checkout' },
  addresses: ['10.244.3.40'],
});
const from = { namespace: 'pay', workload: 'checkout', pods: [{ namespace: 'pay', name: 'checkout-1' }] };
const onlyDns = policy({
  namespace: 'pay',
  name: 'only-dns',
  spec: {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ],
  },
});
const cluster = shopCluster({
  pods: [...web, ...nginx, ...dns, checkout],
  namespaces: ['shop', 'pay', 'kube-system', 'ingress-nginx', 'kprobe'].map((name) => namespace(name)),
  networkPolicies: [onlyDns],
});
const asked = serviceOnly({ from });
const out: Break = (path, agent) =>
  agent.asks && path.probe.kind !== 'dns' && path.to.kind !== 'resolver' ? unanswered() : null;
const all: Break = (path) => (path.probe.kind !== 'dns' && path.to.kind !== 'resolver' ? unanswered() : null);

test.for<[string, World]>([
  ['everything answers', { cluster, target: asked }],
  [
    'connects fail and no policy is there',
    { cluster: { ...cluster, networkPolicies: [] }, target: asked, breaks: [out] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: the twin fails where the control on its node gets through', () => {
  const verdict = diagnose({ cluster, target: asked, breaks: [out] });
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'NetworkPolicy', namespace: 'pay', name: 'only-dns' },
  });
  expect(verdict.findings[0]?.fix?.manifest).toContain('app: web');
});

test('speaking: where the control fails as well it is not proven', () => {
  expect(findingOf(id, { cluster, target: asked, breaks: [all] })?.certainty).not.toBe('proven');
});

import { expect, test } from 'vitest';
import { dnsTimeout } from '../breaks.ts';
import { policy } from '../make.ts';
import { askedByCheckout, checkoutCluster, diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-denies-dns';
const onlyShop = policy({
  namespace: 'pay',
  name: 'only-shop',
  spec: {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] }],
  },
});
const cluster = checkoutCluster(onlyShop);
const asked = serviceOnly({ from: askedByCheckout });
const isDns = (kind: string) => kind === 'dns-server' || kind === 'resolver';
const denied: Break = (path, agent) => (agent.underTest && isDns(path.to.kind) ? dnsTimeout() : null);
const dead: Break = (path) => (isDns(path.to.kind) ? dnsTimeout() : null);

test.for<[string, World]>([
  ['everything answers', { cluster, target: asked }],
  [
    'DNS fails and no policy is there',
    { cluster: { ...cluster, networkPolicies: [] }, target: asked, breaks: [denied] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: the twin is not answered where the control on its node is', () => {
  const verdict = diagnose({ cluster, target: asked, breaks: [denied] });
  expect(verdict.findings.map((finding) => finding.diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({
    certainty: 'proven',
    object: { kind: 'NetworkPolicy', namespace: 'pay', name: 'only-shop' },
    explains: 1,
  });
  expect(verdict.findings[0]?.fix?.manifest).toMatch(
    /k8s-app: kube-dns[\s\S]*UDP[\s\S]*TCP|UDP[\s\S]*TCP[\s\S]*k8s-app: kube-dns/,
  );
});

test('speaking: where DNS is dead for everybody it is not proven', () => {
  expect(findingOf(id, { cluster, target: asked, breaks: [dead] })?.certainty).not.toBe('proven');
});

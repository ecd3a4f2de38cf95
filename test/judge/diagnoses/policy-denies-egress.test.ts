import { expect, test } from 'vitest';
import { unanswered } from '../breaks.ts';
import { policy } from '../make.ts';
import { askedByCheckout, checkoutCluster, diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-denies-egress';
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
const cluster = checkoutCluster(onlyDns);
const asked = serviceOnly({ from: askedByCheckout });
const out: Break = (path, agent) =>
  agent.underTest && path.probe.kind !== 'dns' && path.to.kind !== 'resolver' ? unanswered() : null;
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

test('speaking: from inside the pod itself, as from its twin', () => {
  const verdict = diagnose({ cluster, target: asked, breaks: [out], inside: true });
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven' });
  expect(verdict.findings[0]?.evidence.map(({ label }) => label)).toContain('Inside');
});

import { expect, test } from 'vitest';
import type { Target } from '../../../src/model/target.ts';
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

const outside = (over: Partial<Target> = {}): Target => ({
  ...asked,
  input: 'https://api.example.net',
  kind: 'external',
  scheme: 'https',
  host: 'api.example.net',
  service: null,
  direct: [{ address: '198.51.100.7', port: 443, ready: true, node: null, pod: null, slice: null }],
  ...over,
});

test('silent: a host outside that nobody reaches, under a policy that lets the client out', () => {
  const open = policy({ ...onlyDns, spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}] } });
  expect(findingOf(id, { cluster: checkoutCluster(open), target: outside(), breaks: [all] })).toBeNull();
});

test('speaking: a host outside, which the control on the same node reaches', () => {
  const verdict = diagnose({ cluster, target: outside(), breaks: [out] });
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', fix: { covers: 'all' } });
  expect(verdict.findings[0]?.fix?.manifest).toContain('0.0.0.0/0');
  expect(verdict.findings[0]?.title).toMatch(/does not let pay\/checkout-1 out to https:\/\/api\.example\.net/);
});

test('speaking: a host outside that the control does not reach either is not proven', () => {
  expect(findingOf(id, { cluster, target: outside(), breaks: [all] })?.certainty).not.toBe('proven');
});

test('speaking: an address that no name stands for gets a rule of its own', () => {
  const [direct] = outside().direct;
  const target = outside({ input: '198.51.100.7:443', kind: 'address', host: null, direct: [direct!] });
  const finding = findingOf(id, { cluster, target, breaks: [out] });
  expect(finding).toMatchObject({ certainty: 'proven', fix: { covers: 'all' } });
  expect(finding?.fix?.manifest).toContain('198.51.100.7/32');
});

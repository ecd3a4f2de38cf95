import { expect, test } from 'vitest';
import { dnsTimeout, slowEntries, unanswered } from '../breaks.ts';
import { dnsAnswer, policy, sample, times } from '../make.ts';
import { askedByCheckout, checkoutCluster, diagnose, serviceOnly, shopCluster } from '../world.ts';
import type { Break } from '../world.ts';

const between: Break = (_path, from, to) => (from.kind === 'host' && to?.kind === 'host' ? unanswered() : null);

test('a delay that no diagnosis explains is inconclusive, and the timers that it fits are named', () => {
  const { status, notMeasured } = diagnose({ breaks: [slowEntries] });
  expect(status).toBe('inconclusive');
  expect(notMeasured[0]).toMatchObject({
    what: expect.stringContaining('the cause of'),
    because: expect.stringContaining('nginx proxy-connect-timeout'),
  });
});

test('paths of our own that fail without a finding are never passed over', () => {
  const { status, notMeasured } = diagnose({ breaks: [between] });
  expect(status).toBe('inconclusive');
  expect(notMeasured.length).toBeGreaterThan(0);
});

test('a single path of our own that fails is never passed over', () => {
  const one: Break = (path, from, to) =>
    from.id === 'host@worker-1' && to?.id === 'host@worker-2' ? between(path, from, to) : null;
  expect(diagnose({ breaks: [one] }).status).toBe('inconclusive');
});

test("a client whose policy keeps it from kprobe's own controls is well where what was asked answers", () => {
  const egress = policy({
    namespace: 'pay',
    name: 'only-shop-and-dns',
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        {
          to: ['shop', 'kube-system'].map((name) => ({
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
          })),
        },
      ],
    },
  });
  const kept: Break = (_path, from, to) => (from.kind === 'twin' && to?.kind === 'control' ? unanswered() : null);
  const target = serviceOnly({ from: askedByCheckout });
  expect(diagnose({ cluster: checkoutCluster(egress), target, breaks: [kept] }).status).toBe('healthy');
});

test('a Service that fails is not excused by a policy that its endpoints show not to hold', () => {
  const silent: Break = (path, from) => (path.to.kind === 'service' && from.kind === 'host' ? unanswered() : null);
  const { notMeasured } = diagnose({ cluster: shopCluster({ networkPolicies: [policy()] }), breaks: [silent] });
  expect(notMeasured.filter(({ what }) => what.includes('web'))).not.toEqual([]);
});

test('DNS that loses half of its answers is never passed over', () => {
  const half: Break = (path) =>
    path.to.kind === 'dns-server' && path.to.service !== null
      ? [dnsAnswer(), ...dnsTimeout().slice(0, 2), dnsAnswer()]
      : null;
  expect(diagnose({ breaks: [half] }).status).toBe('inconclusive');
});

test('a port that is filtered on the way to a node is neither a dead endpoint nor a policy', () => {
  const filtered: Break = (path) =>
    'port' in path.to && path.to.port === 8080 && 'node' in path.to && path.to.node === 'worker-2'
      ? unanswered()
      : null;
  expect(diagnose({ breaks: [filtered] }).findings.filter(({ certainty }) => certainty === 'proven')).toEqual([]);
});

test.for([
  ['one answer in twenty that is a little late is told, and healthy', 300, 'healthy'],
  ['one answer in twenty that takes seconds is not healthy', 3000, 'inconclusive'],
] as const)('%s', ([, firstByteMs, status]) => {
  let isFirst = true;
  const once: Break = (path) => {
    if (path.to.kind !== 'entry' || !isFirst) return null;
    isFirst = false;
    return [
      sample({ connectMs: 0.4, firstByteMs, status: 200 }),
      ...times(3, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 })),
    ];
  };
  const verdict = diagnose({ breaks: [once] });
  expect(verdict.status).toBe(status);
  expect(verdict.notMeasured[0]?.what).toContain('1 of 1');
});

test('an agent that never reported is said', () => {
  expect(diagnose({ over: { hellos: [] } }).notMeasured.map((limitation) => limitation.what)).toContain(
    'the view of control@worker-1',
  );
});

test('a container that stays in a pod takes nothing from a healthy verdict', () => {
  const limitation = { what: 'removing container kprobe-1 from pay/checkout-1', because: 'it stays listed' };
  const target = serviceOnly({ from: askedByCheckout });
  const pods = { cluster: checkoutCluster(policy({ namespace: 'other' })), target, inside: true };
  const verdict = diagnose({ ...pods, over: { limitations: [limitation] } });
  expect(verdict.status).toBe('healthy');
  expect(verdict.notMeasured).toContainEqual(limitation);
  expect(verdict.paths.some(({ from }) => from.identity === 'pay/checkout-1')).toBe(true);
});

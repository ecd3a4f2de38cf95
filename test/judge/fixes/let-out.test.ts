import { expect, test } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import { dnsTimeout, unanswered } from '../breaks.ts';
import { policy } from '../make.ts';
import { askedByCheckout, checkoutCluster, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const target = serviceOnly({ from: askedByCheckout });
const dnsPorts = [
  { port: 53, protocol: 'UDP' },
  { port: 53, protocol: 'TCP' },
];
const onlyDns = policy({
  namespace: 'pay',
  name: 'only-dns',
  spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: dnsPorts }] },
});
const onlyShop = policy({
  namespace: 'pay',
  name: 'only-shop',
  spec: {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] }],
  },
});
const closedShop = policy({ name: 'closed', spec: { podSelector: { matchLabels: { app: 'web' } } } });

/** Its DNS by TCP as well, as every real one has it. */
function withDnsOverTcp(before: Cluster): Cluster {
  const both = <Port extends { readonly protocol: string }>(ports: readonly Port[]): Port[] =>
    ports.flatMap((port) => (port.protocol === 'UDP' ? [port, { ...port, protocol: 'TCP' }] : [port]));
  return {
    ...before,
    services: before.services.map((each) => ({ ...each, ports: both(each.ports) })),
    endpointSlices: before.endpointSlices.map((each) => ({ ...each, ports: both(each.ports) })),
  };
}

const isDns = (kind: string) => kind === 'dns-server' || kind === 'resolver';
const out: Break = ({ to }, from) => (from.underTest && !isDns(to.kind) ? unanswered() : null);
const noDns: Break = ({ to }, from) => (from.underTest && isDns(to.kind) ? dnsTimeout() : null);

test('egress alone was in the way: the fix covers all', () => {
  const cluster = checkoutCluster(onlyDns);
  expect(findingOf('policy-denies-egress', { cluster, target, breaks: [out] })?.fix).toMatchObject({ covers: 'all' });
});

test('the destination denies as well: the fix covers a part, and says what stays closed, and by which policy', () => {
  const before = checkoutCluster(onlyDns);
  const cluster = { ...before, networkPolicies: [onlyDns, closedShop] };
  const fix = findingOf('policy-denies-egress', { cluster, target, breaks: [out] })?.fix;
  expect(fix?.covers).toBe('part');
  expect(fix?.says).toMatch(/Not covered: worker-3 → web-1 \(worker-1\) \(shop\/closed isolates the pod for ingress/);
});

test('DNS by the cluster’s own Service: the fix covers every query', () => {
  const cluster = withDnsOverTcp(checkoutCluster(onlyShop));
  expect(findingOf('policy-denies-dns', { cluster, target, breaks: [noDns] })?.fix).toMatchObject({ covers: 'all' });
});

test('DNS servers that a policy of their own closes: a part', () => {
  const before = withDnsOverTcp(checkoutCluster(onlyShop));
  const closed = policy({ namespace: 'kube-system', name: 'closed' });
  const cluster = { ...before, networkPolicies: [onlyShop, closed] };
  const fix = findingOf('policy-denies-dns', { cluster, target, breaks: [noDns] })?.fix;
  expect(fix?.covers).toBe('part');
  expect(fix?.says).toContain('kube-system/closed isolates the pod');
});

import { expect, test } from 'vitest';
import type { NetworkPolicy } from '../../../src/model/cluster.ts';
import { closedTo, dnsTimeout, slowEntries, unanswered } from '../breaks.ts';
import { pod, policy } from '../make.ts';
import {
  askedByCheckout,
  checkoutCluster,
  diagnose,
  dns,
  findingOf,
  nginx,
  serviceOnly,
  shopCluster,
  web,
} from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-selects-nothing';
const deny = policy({ name: 'default-deny' });
const named = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const admitting = (app: string, from: object) =>
  policy({
    name: 'allow',
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'], ingress: [{ from: [from] }] },
  });

/** Checkout asks for the shop, which is closed but for what this policy admits. */
const asked = serviceOnly({ from: askedByCheckout });
const closedBeside = (...policies: NetworkPolicy[]) => ({
  ...checkoutCluster(deny),
  networkPolicies: [deny, ...policies],
});
const client: Break = (path, from, to) =>
  from.underTest && (path.to.kind === 'backend' || path.to.kind === 'service' || to?.kind === 'twin')
    ? unanswered()
    : null;
const world = (...policies: NetworkPolicy[]): World => ({
  cluster: closedBeside(...policies),
  target: asked,
  breaks: [client],
});

const out = (peer: object, ports?: object[]) =>
  policy({
    namespace: 'pay',
    name: 'egress',
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [peer], ...(ports === undefined ? {} : { ports }) }],
    },
  });

test.for<[string, World]>([
  [
    'nobody misses what it does not select',
    { cluster: shopCluster({ networkPolicies: [admitting('webb', named('pay'))] }) },
  ],
  ['the hop is denied by a policy that selects what it says', world(admitting('web', named('ingress-nginx')))],
  ['put right it would still not admit this client', world(admitting('webb', named('ingress-nginx')))],
  ['what it selects is nobody near', world(admitting('batch', named('pay')))],
  ['another policy of the destination denies, and this one of the client selects nothing', world(out(named('shopp')))],
  ['the denied hop works', { ...world(admitting('webb', named('pay'))), breaks: [] }],
])('silent: %s', ([, each]) => {
  expect(findingOf(id, each)).toBeNull();
});

test.for<[string, NetworkPolicy, RegExp, string]>([
  ['a mistyped label of its own', admitting('webb', named('pay')), /has app=webb; nearest is app=web/, 'app: web'],
  [
    'a label that no namespace has',
    admitting('web', { namespaceSelector: { matchLabels: { name: 'pay' } } }),
    /no namespace has name=pay; nearest is kubernetes.io\/metadata.name=pay/,
    'kubernetes.io/metadata.name: pay',
  ],
  [
    'a podSelector that means its own namespace',
    admitting('web', { podSelector: { matchLabels: { app: 'checkout' } } }),
    /has app=checkout; such pods are in namespace pay/,
    'kubernetes.io/metadata.name: pay',
  ],
  [
    'the wrong namespace',
    { ...admitting('web', named('pay')), namespace: 'pay' },
    /no pod of namespace pay has app=web; such pods are in namespace shop/,
    'namespace: shop',
  ],
])('speaking: %s', ([, which, title, manifest]) => {
  const verdict = diagnose(world(which));
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({
    certainty: 'proven',
    object: { kind: 'NetworkPolicy', namespace: which.namespace, name: 'allow' },
    explains: 1,
    fix: { covers: 'all' },
  });
  expect(verdict.findings[0]?.title).toMatch(title);
  expect(verdict.findings[0]?.fix?.manifest).toContain(manifest);
});

test('speaking: behind an ingress on the pod network, by what its users see', () => {
  const podNginx = nginx.map((each, index) => ({ ...each, hostNetwork: false, addresses: [`10.244.${index + 1}.80`] }));
  const cluster = shopCluster({
    pods: [...web, ...podNginx, ...dns],
    networkPolicies: [deny, admitting('web', { namespaceSelector: { matchLabels: { name: 'ingress-nginx' } } })],
  });
  const closed = closedTo((from) => from.startsWith('as:'));
  const verdict = diagnose({ cluster, breaks: [closed, slowEntries] });
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', explains: 1 });
});

test('speaking: on the way out', () => {
  const cluster = checkoutCluster(out({ ...named('shop'), podSelector: { matchLabels: { app: 'wbe' } } }));
  const closed: Break = (path, from) =>
    from.underTest && path.probe.kind !== 'dns' && path.to.kind !== 'resolver' ? unanswered() : null;
  const verdict = diagnose({ cluster, target: asked, breaks: [closed] });
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', fix: { covers: 'all' } });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).not.toContain('policy-denies-egress');
});

test('speaking: on the way to DNS', () => {
  const kube = { namespaceSelector: { matchLabels: { name: 'kube-system' } } };
  const both = { ...out(kube), spec: { ...out(kube).spec, egress: [{ to: [kube] }, { to: [named('shop')] }] } };
  const noDns: Break = ({ to }, from) =>
    from.underTest && (to.kind === 'dns-server' || to.kind === 'resolver') ? dnsTimeout() : null;
  const verdict = diagnose({ cluster: checkoutCluster(both), target: asked, breaks: [noDns] });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({ certainty: 'proven', explains: 1 });
});

test('speaking: where the control fails as well it is not proven', () => {
  const everybody: Break = (path, _, to) => (path.to.kind === 'backend' || to !== null ? unanswered() : null);
  const finding = findingOf(id, { ...world(admitting('webb', named('pay'))), breaks: [everybody] });
  expect(finding?.certainty).not.toBe('proven');
});

test('of two, the one whose correction would admit the client is named', () => {
  const other = { ...admitting('webb', named('kube-system')), name: 'other' };
  const verdict = diagnose(world(other, admitting('webb', named('pay'))));
  expect(verdict.findings.map(({ object }) => object?.name)).toEqual(['allow']);
});

test('pods that do not run do not count as selected', () => {
  const gone = pod({ name: 'gone-1', labels: { app: 'webb' }, phase: 'Failed' });
  const cluster = closedBeside(admitting('webb', named('pay')));
  const verdict = diagnose({ cluster: { ...cluster, pods: [...cluster.pods, gone] }, target: asked, breaks: [client] });
  expect(verdict.findings[0]?.diagnosis).toBe(id);
});

import { expect, test } from 'vitest';
import { nearSelector, repairsOf } from '../../../src/judge/policy/repairs.ts';
import type { Meant } from '../../../src/judge/policy/repairs.ts';
import { partyOf } from '../../../src/judge/policy/party.ts';
import type { PodParty } from '../../../src/judge/policy/party.ts';
import type { NetworkPolicy } from '../../../src/model/cluster.ts';
import { cluster, namespace, pod, policy, unreadGap } from '../make.ts';

const web = pod();
const nginx = pod({ namespace: 'ingress-nginx', name: 'controller-1', labels: { 'app.kubernetes.io/name': 'nginx' } });
const checkout = pod({ namespace: 'pay', name: 'checkout-1', labels: { app: 'checkout' } });
const world = cluster({
  pods: [web, nginx, checkout, pod({ namespace: 'shop', name: 'old-1', labels: { app: 'old' }, phase: 'Succeeded' })],
  namespaces: ['shop', 'pay', 'ingress-nginx'].map((name) => namespace(name)),
});
const into = (peer: typeof web): Meant => ({
  direction: 'ingress',
  subject: partyOf(web) as PodParty,
  peer: partyOf(peer),
});
const named = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const app = (value: string) => ({ matchLabels: { app: value } });
type From = NonNullable<NonNullable<NetworkPolicy['spec']['ingress']>[number]['from']>;
const admitting = (from: From, podSelector = app('web')) => policy({ spec: { podSelector, ingress: [{ from }] } });

test.for<[string, NetworkPolicy, Meant]>([
  ['its pods are there', admitting([named('pay')]), into(checkout)],
  ['its peer is another that is there', admitting([named('pay')]), into(nginx)],
  ['its peer is nobody near', admitting([named('monitoring')]), into(nginx)],
  ['a longer name is another name', admitting([named('ingress')]), into(nginx)],
  ['it is for pods of another kind that do not run now', admitting([named('pay')], app('batch')), into(checkout)],
  ['another number is another thing', admitting([{ podSelector: { matchLabels: { app: 'web2' } } }]), into(web)],
  ['an ipBlock selects no pods by nature', admitting([{ ipBlock: { cidr: '192.0.2.0/24' } }]), into(checkout)],
  ['the other direction', policy({ spec: { podSelector: app('wbe'), policyTypes: ['Egress'] } }), into(checkout)],
  [
    'the client is a node',
    admitting([named('ingres-nginx')]),
    { ...into(nginx), peer: { kind: 'host', node: 'worker-1', addresses: [] } },
  ],
])('nothing to put right: %s', ([, which, meant]) => {
  expect(repairsOf(world, which, meant)).toEqual([]);
});

test('says nothing where pods could not be listed', () => {
  const blind = { ...world, pods: [], unread: [unreadGap('pods')] };
  expect(repairsOf(blind, admitting([named('pay')], app('wbe')), into(checkout))).toEqual([]);
});

test.for<[string, NetworkPolicy, Meant, RegExp, object]>([
  [
    'a letter too much in its own selector',
    admitting([named('pay')], app('webb')),
    into(checkout),
    /no pod of namespace shop has app=webb/,
    { spec: { podSelector: app('web') } },
  ],
  [
    'pods that have ended are no pods',
    admitting([named('pay')], app('old')),
    { ...into(checkout), subject: partyOf(pod({ labels: { app: 'olf' } })) as PodParty },
    /no pod of namespace shop has app=old/,
    { spec: { podSelector: app('olf') } },
  ],
  [
    'it stands in the wrong namespace',
    policy({ namespace: 'pay', spec: { podSelector: app('web'), ingress: [{ from: [named('ingress-nginx')] }] } }),
    into(nginx),
    /no pod of namespace pay has app=web/,
    { namespace: 'shop' },
  ],
  [
    'a label that nobody gave to the namespace',
    admitting([{ namespaceSelector: { matchLabels: { name: 'pay' } } }]),
    into(checkout),
    /no namespace has name=pay/,
    { spec: { ingress: [{ from: [named('pay')] }] } },
  ],
  [
    'a podSelector without its namespace',
    admitting([{ podSelector: app('checkout') }]),
    into(checkout),
    /no pod of namespace shop has app=checkout/,
    { spec: { ingress: [{ from: [{ ...named('pay'), podSelector: app('checkout') }] }] } },
  ],
  [
    'the right namespace and a label under another key',
    admitting([{ ...named('ingress-nginx'), podSelector: app('nginx') }]),
    into(nginx),
    /no pod of the 1 namespace that it selects has app=nginx/,
    {
      spec: {
        ingress: [
          {
            from: [{ ...named('ingress-nginx'), podSelector: { matchLabels: { 'app.kubernetes.io/name': 'nginx' } } }],
          },
        ],
      },
    },
  ],
])('puts right: %s', ([, which, meant, empty, repaired]) => {
  const repairs = repairsOf(world, which, meant);
  expect(repairs).toHaveLength(1);
  expect(repairs[0]?.empty).toMatch(empty);
  expect(repairs[0]?.repaired).toMatchObject(repaired);
});

test('only the peer that selects nothing is changed', () => {
  const [repair] = repairsOf(world, admitting([named('shop'), named('payy')]), into(checkout));
  expect(repair?.repaired.spec.ingress).toEqual([{ from: [named('shop'), named('pay')] }]);
});

test.for<[string, string, string | null]>([
  ['checkuot', 'checkout', 'checkout'],
  ['Web', 'web', 'web'],
  ['wbe', 'web', 'web'],
  ['db', 'web', null],
  ['v1', 'v2', null],
  ['web', 'webshop', null],
])('%s beside %s', ([written, there, right]) => {
  expect(nearSelector(app(written), { app: there })).toEqual(right === null ? null : app(right));
});

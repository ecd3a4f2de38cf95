import { expect, test } from 'vitest';
import { trapsOf } from '../../../src/judge/policy/traps.ts';
import type { TrapQuestion } from '../../../src/judge/policy/traps.ts';
import type { Party } from '../../../src/judge/policy/party.ts';
import type { NetworkPolicy } from '../../../src/model/cluster.ts';
import { cluster, namespace, policy } from '../make.ts';

const world = cluster({ namespaces: [namespace('shop'), namespace('pay', { team: 'sales' }), namespace('kprobe')] });
const pod = (at: string, app: string): Party => ({
  kind: 'pod',
  namespace: at,
  labels: { app },
  addresses: ['10.244.1.9'],
  node: 'worker-1',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});
const named = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });

const into: TrapQuestion = {
  cluster: world,
  direction: 'ingress',
  from: pod('pay', 'checkout'),
  to: pod('shop', 'web'),
  port: 8080,
  protocol: 'TCP',
  service: { addresses: ['10.96.0.80'], port: 80 },
};
const out: TrapQuestion = { ...into, direction: 'egress' };
const metadata: TrapQuestion = { ...out, to: { kind: 'address', address: '169.254.169.254' }, port: 80, service: null };

type Spec = NetworkPolicy['spec'];
const admitting = (ingress: Spec['ingress']) => policy({ spec: { podSelector: {}, ingress } });
const letting = (egress: Spec['egress']) => policy({ namespace: 'pay', spec: { podSelector: {}, egress } });

test.for<[string, TrapQuestion, NetworkPolicy]>([
  ['another namespace altogether', into, admitting([{ from: [named('kprobe')] }])],
  ['a rule that admits it', into, admitting([{ from: [named('pay')], ports: [{ port: 8080 }] }])],
  ['a port that is nobody’s', into, admitting([{ from: [named('pay')], ports: [{ port: 9090 }] }])],
  ['no rule', into, admitting([])],
  [
    'the ClusterIP under AWS, which judges it',
    { ...out, cluster: { ...world, networking: { ...world.networking, enforcer: 'aws' } } },
    letting([{ to: [{ ipBlock: { cidr: '10.96.0.80/32' } }] }]),
  ],
  ['a ClusterIP in a rule for who comes in', into, admitting([{ from: [{ ipBlock: { cidr: '10.96.0.80/32' } }] }])],
  [
    'a block that holds Service and pod',
    out,
    letting([{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 1 }] }]),
  ],
  [
    'an exception for others',
    metadata,
    letting([{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }]),
  ],
  [
    'neither selector of a pair is met',
    into,
    admitting([{ from: [{ ...named('kprobe'), podSelector: { matchLabels: { app: 'x' } } }] }]),
  ],
])('no trap: %s', ([, question, which]) => {
  expect(trapsOf(question, [which])).toEqual([]);
});

test.for<[string, TrapQuestion, NetworkPolicy, RegExp]>([
  [
    "the Service's port",
    into,
    admitting([{ from: [named('pay')], ports: [{ port: 80 }] }]),
    /names port 80, the Service's; .* 8080/,
  ],
  ['the ClusterIP', out, letting([{ to: [{ ipBlock: { cidr: '10.96.0.80/32' } }] }]), /ClusterIP 10\.96\.0\.80/],
  [
    'an exception',
    metadata,
    letting([{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }] }]),
    /hold 169\.254\.169\.254, and its exception 169\.254\.0\.0\/16/,
  ],
  [
    'an exception over IPv6',
    { ...metadata, to: { kind: 'address', address: 'fd00:ec2::254' } },
    letting([{ to: [{ ipBlock: { cidr: '::/0', except: ['fd00::/8'] } }] }]),
    /hold fd00:ec2::254, and its exception fd00::\/8/,
  ],
  [
    'an exception of a block that would hold Service and pod',
    out,
    letting([{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.244.0.0/16'] } }] }]),
    /^[^:]*: its ipBlock 10\.0\.0\.0\/8 would hold 10\.244\.\d+\.\d+, and its exception/,
  ],
  [
    'its own namespace',
    into,
    admitting([{ from: [{ podSelector: { matchLabels: { app: 'checkout' } } }] }]),
    /own namespace, shop/,
  ],
  ['a namespace that is not there', into, admitting([{ from: [named('pays')] }]), /no namespace has the label .*=pays/],
  [
    'both selectors, and only the namespace is right',
    into,
    admitting([{ from: [{ ...named('pay'), podSelector: { matchLabels: { app: 'billing' } } }] }]),
    /meets the namespaceSelector and not the podSelector/,
  ],
  [
    'both selectors, and only the pod is right',
    into,
    admitting([{ from: [{ ...named('kprobe'), podSelector: { matchLabels: { app: 'checkout' } } }] }]),
    /meets the podSelector and not the namespaceSelector/,
  ],
])('a trap: %s', ([, question, which, says]) => {
  const traps = trapsOf(question, [which]);
  expect(traps).toHaveLength(1);
  expect(traps[0]).toMatch(says);
});

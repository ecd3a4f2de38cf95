/** Each engine's row, asked through the evaluator; the figures are those that were measured on the real engines (policy reference 7). */
import { describe, expect, test } from 'vitest';
import { engineOf } from '../../../src/judge/policy/engines.ts';
import { evaluateFlow } from '../../../src/judge/policy/evaluate.ts';
import type { Party } from '../../../src/judge/policy/party.ts';
import type { NetworkPolicy } from '../../../src/model/cluster.ts';
import { cluster, namespace, policy } from '../make.ts';
import type { FlowQuestion } from '../../../src/judge/policy/flow-question.ts';

type Spec = NetworkPolicy['spec'];
type Verdict = 'allow' | 'deny' | 'unknown';

const ENGINES = [
  'kube-network-policies',
  'kindnet',
  'kube-router',
  'calico',
  'canal',
  'cilium',
  'aws',
  'unknown',
] as const;
type Name = (typeof ENGINES)[number];

const web: Party = {
  kind: 'pod',
  namespace: 'shop',
  labels: { app: 'web' },
  addresses: ['10.244.2.11'],
  node: 'worker-2',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
};
const client: Party = { ...web, labels: { app: 'client' }, addresses: ['10.244.1.12'], node: 'worker-1', ports: [] };
const host = (node: string, address: string, runsAs?: 'root' | 'other'): Party => ({
  kind: 'host',
  node,
  addresses: [address],
  ...(runsAs === undefined ? {} : { runsAs }),
});
const bridge = '10.244.2.1';
const block = (cidr: string): Spec => ({ ingress: [{ from: [{ ipBlock: { cidr } }] }] });
const everyPod: Spec = { ingress: [{ from: [{ podSelector: {} }, { namespaceSelector: {} }] }] };
const denyEgress: Spec = { policyTypes: ['Egress'] };
const namedPort: Spec = {
  policyTypes: ['Egress'],
  egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 'http' }] }],
};

interface Case {
  readonly says: string;
  readonly spec: Spec;
  readonly flow?: Partial<FlowQuestion>;
  /** Those that are not named say `otherwise`. */
  readonly wanted: Partial<Record<Name, Verdict>>;
  readonly otherwise: Verdict;
}

function ask(enforcer: string, { spec, flow }: Pick<Case, 'spec' | 'flow'>): Verdict {
  const { networking } = cluster();
  const world = cluster({ networking: { ...networking, enforcer }, networkPolicies: [policy({ spec })] });
  return evaluateFlow({ cluster: world, from: client, to: web, port: 8080, protocol: 'TCP', ...flow }).verdict;
}

const cases: readonly Case[] = [
  {
    says: 'under default deny, a root process of the pod’s own node',
    spec: {},
    flow: { from: host('worker-2', bridge, 'root') },
    wanted: { unknown: 'unknown' },
    otherwise: 'allow',
  },
  {
    says: 'under default deny, any other process of the pod’s own node',
    spec: {},
    flow: { from: host('worker-2', bridge, 'other') },
    wanted: { 'kube-network-policies': 'deny', kindnet: 'deny', unknown: 'unknown' },
    otherwise: 'allow',
  },
  {
    says: 'under default deny, a process of the own node of which nobody knows the user',
    spec: {},
    flow: { from: host('worker-2', bridge) },
    wanted: { 'kube-network-policies': 'unknown', kindnet: 'unknown', unknown: 'unknown' },
    otherwise: 'allow',
  },
  {
    says: 'the own node’s bridge admitted',
    spec: block(`${bridge}/32`),
    flow: { from: host('worker-2', bridge, 'other') },
    wanted: {},
    otherwise: 'allow',
  },
  {
    says: 'the overlay address of another node, where its node address is admitted',
    spec: block('10.0.0.1/32'),
    flow: { from: host('worker-1', '10.244.1.0', 'other') },
    wanted: {},
    otherwise: 'deny',
  },
  {
    says: 'another node’s host, where every pod is admitted',
    spec: everyPod,
    flow: { from: host('worker-1', '10.244.1.0', 'other') },
    wanted: { aws: 'unknown' },
    otherwise: 'deny',
  },
  {
    says: 'another node’s host by the block of its overlay address',
    spec: block('10.244.1.0/32'),
    flow: { from: host('worker-1', '10.244.1.0', 'other') },
    wanted: { cilium: 'unknown' },
    otherwise: 'allow',
  },
  {
    says: 'a pod by the block of its address',
    spec: block('10.244.1.0/24'),
    wanted: { cilium: 'deny' },
    otherwise: 'allow',
  },
  {
    says: 'under default deny, a pod through its own Service',
    spec: {},
    flow: { from: web, throughService: true },
    wanted: { 'kube-network-policies': 'deny', kindnet: 'deny', calico: 'deny', canal: 'deny', 'kube-router': 'allow' },
    otherwise: 'unknown',
  },
  {
    says: 'the same where the pod’s own address is admitted',
    spec: block('10.244.2.11/32'),
    flow: { from: web, throughService: true },
    wanted: { cilium: 'unknown' },
    otherwise: 'allow',
  },
  {
    says: 'under default deny, a pod straight to itself',
    spec: {},
    flow: { from: web },
    wanted: {},
    otherwise: 'allow',
  },
  {
    says: 'under egress deny, a pod to its own node',
    spec: denyEgress,
    flow: { from: client, to: host('worker-1', '10.0.0.1') },
    wanted: { aws: 'unknown', unknown: 'unknown' },
    otherwise: 'deny',
  },
  {
    says: 'egress by a port’s name beside a block, to a pod that has such a port',
    spec: namedPort,
    wanted: { cilium: 'deny', 'kube-router': 'deny', aws: 'deny', unknown: 'unknown' },
    otherwise: 'allow',
  },
  {
    says: 'egress by a port’s name beside a block, to a pod that has none',
    spec: namedPort,
    flow: { to: { ...web, ports: [] } },
    wanted: {},
    otherwise: 'deny',
  },
];

describe.for(cases)('$says', ({ spec, flow, wanted, otherwise }) => {
  test.for(ENGINES)('%s', (engine) => {
    expect(ask(engine, { spec, ...(flow === undefined ? {} : { flow }) })).toBe(wanted[engine] ?? otherwise);
  });
});

test.for([
  [
    'kube-network-policies',
    'drop',
    { egressOpenMs: 2000, ingressOpenMs: 1300, egressBlockedMs: 1400, unknownElsewhereMs: 1100 },
  ],
  [
    'kube-router',
    'reject-rationed',
    { egressOpenMs: 1600, ingressOpenMs: 1000, egressBlockedMs: 0, unknownElsewhereMs: 1600 },
  ],
  ['calico', 'drop', { egressOpenMs: 0, ingressOpenMs: 0, egressBlockedMs: 0, unknownElsewhereMs: 3 }],
  ['cilium', 'drop', null],
  ['unknown', 'unsure', null],
  ['one from the future', 'unsure', null],
  ['toString', 'unsure', null],
] as const)('%s denies by %s, and treats a newborn pod as was measured', ([enforcer, denial, newborn]) => {
  expect(engineOf({ enforcer })).toMatchObject({ denial, newborn });
});

describe('the host-network namespace of OVN-Kubernetes', () => {
  const { networking } = cluster();
  const label = 'policy-group.network.openshift.io/host-network';
  const world = (spec: Spec) =>
    cluster({
      networking: { ...networking, cni: 'ovn-kubernetes', enforcer: 'ovn-kubernetes' },
      namespaces: [namespace('shop'), namespace('openshift-host-network', { [label]: '' })],
      networkPolicies: [policy({ spec })],
    });
  const peer = { namespaceSelector: { matchLabels: { [label]: '' } } };

  test.for<[says: string, spec: Spec, wanted: Verdict]>([
    ['means the nodes', { ingress: [{ from: [peer] }] }, 'allow'],
    ['does not with a podSelector', { ingress: [{ from: [{ ...peer, podSelector: {} }] }] }, 'unknown'],
    [
      'is not another namespace',
      { ingress: [{ from: [{ namespaceSelector: { matchLabels: { a: 'b' } } }] }] },
      'unknown',
    ],
  ])('%s', ([, spec, wanted]) => {
    const from = host('worker-1', '10.244.1.2', 'other');
    const asked = { cluster: world(spec), from, to: web, port: 8080, protocol: 'TCP' as const };
    expect(evaluateFlow(asked).verdict).toBe(wanted);
  });
});

describe('two engines at once', () => {
  const { networking } = cluster();
  const asked = (spec: Spec, enforcers: string[]): FlowQuestion => ({
    cluster: cluster({ networking: { ...networking, enforcers }, networkPolicies: [policy({ spec })] }),
    from: host('worker-2', bridge, 'other'),
    to: web,
    port: 8080,
    protocol: 'TCP',
  });

  test.for([
    ['one denies', {}, ['calico', 'kube-network-policies'], 'deny'],
    ['one is not sure', {}, ['calico', 'unknown'], 'unknown'],
    ['both allow', {}, ['calico', 'kube-router'], 'allow'],
    ['both allow by a rule', block(`${bridge}/32`), ['kube-router', 'kube-network-policies'], 'allow'],
  ] as const)('%s', ([, spec, enforcers, wanted]) => {
    expect(evaluateFlow(asked(spec, [...enforcers])).verdict).toBe(wanted);
  });
});

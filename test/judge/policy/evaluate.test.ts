import { describe, expect, test } from 'vitest';
import { evaluateFlow } from '../../../src/judge/policy/evaluate.ts';
import { wouldMatchAsPod } from '../../../src/judge/policy/intent.ts';
import { partyAt } from '../../../src/judge/policy/party.ts';
import type { Party } from '../../../src/judge/policy/party.ts';
import type { Cluster, NetworkPolicy } from '../../../src/model/cluster.ts';
import { cluster, namespace, node, pod, policy, unreadGap } from '../make.ts';
import type { FlowQuestion } from '../../../src/judge/policy/flow-question.ts';

type Spec = NetworkPolicy['spec'];

const web: Party = {
  kind: 'pod',
  namespace: 'shop',
  labels: { app: 'web' },
  addresses: ['10.244.2.11', 'fd00:244::2:11'],
  node: 'worker-2',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
};
const client: Party = { ...web, labels: { app: 'client' }, addresses: ['10.244.1.12'], node: 'worker-1', ports: [] };
const overlayHost: Party = { kind: 'host', node: 'worker-1', addresses: ['10.244.1.0'] };
const hiddenHost: Party = { kind: 'host', node: 'worker-1', addresses: [] };
const outsider: Party = { kind: 'address', address: '192.0.2.7' };
const stranger: Party = { kind: 'unknown', because: 'nobody knows' };

const selectWeb: Spec = { podSelector: { matchLabels: { app: 'web' } } };
const admitPods: Spec = { ingress: [{ from: [{ podSelector: {} }] }] };
const admitIngressNamespace: Spec = {
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'app.kubernetes.io/name': 'ingress-nginx' } } }] }],
};
const admitBlock = (cidr: string, except?: string[]): Spec => ({
  ingress: [{ from: [{ ipBlock: { cidr, ...(except === undefined ? {} : { except }) } }] }],
});
const admitPort = (port: number | string, endPort?: number): Spec => ({
  ingress: [{ ports: [{ port, ...(endPort === undefined ? {} : { endPort }) }] }],
});

function enforcedBy(enforcer: string, over: Partial<Cluster['networking']> = {}): Partial<Cluster> {
  const { networking } = cluster();
  return { networking: { ...networking, cni: enforcer, enforcer, ...over } };
}

interface Case extends Partial<Pick<FlowQuestion, 'from' | 'to' | 'port' | 'protocol'>> {
  readonly policies?: readonly Spec[];
  readonly world?: Partial<Cluster>;
}

function verdict({ policies = [], world = {}, ...flow }: Case) {
  const networkPolicies = policies.map((spec, index) => policy({ name: `p${index}`, spec }));
  const question = { cluster: cluster({ networkPolicies, ...world }), from: client, to: web, port: 8080, ...flow };
  return evaluateFlow({ protocol: 'TCP', ...question });
}

describe('a sure answer', () => {
  test.for<[says: string, wanted: string, input: Case]>([
    ['without any policy everything is allowed', 'allow', {}],
    [
      'a policy of egress alone does not isolate ingress',
      'allow',
      { policies: [{ ...selectWeb, policyTypes: ['Egress'] }] },
    ],
    [
      'egress: [] without policyTypes does not isolate egress (S3)',
      'allow',
      { from: web, to: client, policies: [{ ...selectWeb, egress: [] }] },
    ],
    [
      'a policy that selects other pods isolates nothing',
      'allow',
      { policies: [{ podSelector: { matchLabels: { app: 'db' } } }] },
    ],
    ['a rule {} admits everybody (S4)', 'allow', { from: outsider, policies: [{ ingress: [{}] }] }],
    [
      'an empty from admits even an unknown address (S5)',
      'allow',
      { from: stranger, policies: [{ ingress: [{ from: [] }] }] },
    ],
    ['policies add up (S2)', 'allow', { policies: [{}, admitPods] }],
    ['a node reaches its own pods (S16)', 'allow', { from: { ...hiddenHost, node: 'worker-2' }, policies: [{}] }],
    ['a pod reaches itself (S15)', 'allow', { from: web, policies: [{ policyTypes: ['Ingress', 'Egress'] }] }],
    [
      'an ipBlock of the overlay address admits the node',
      'allow',
      { from: overlayHost, policies: [admitBlock('10.244.1.0/32')] },
    ],
    ['an ipBlock matches a pod where addresses are compared', 'allow', { policies: [admitBlock('10.244.0.0/16')] }],
    [
      'IPv6 blocks are compared in a dual-stack cluster',
      'allow',
      {
        from: { kind: 'address', address: '2001:db8::7' },
        policies: [admitBlock('2001:db8::/32')],
      },
    ],
    [
      'an IPv4 address written as IPv6 is the IPv4 address',
      'allow',
      {
        from: { kind: 'address', address: '::ffff:192.0.2.7' },
        policies: [admitBlock('192.0.2.0/24')],
      },
    ],
    ['a named port is that of the destination (S10)', 'allow', { policies: [admitPort('http')] }],
    ['endPort closes a range (S9)', 'allow', { policies: [admitPort(8000, 8080)] }],
    ['a deny-all denies', 'deny', { policies: [{}] }],
    [
      'namespaceSelector {} means pods, never nodes (S6)',
      'deny',
      {
        from: overlayHost,
        policies: [{ ingress: [{ from: [{ namespaceSelector: {} }] }] }],
      },
    ],
    [
      'podSelector {} means pods of the policy’s namespace',
      'deny',
      { from: { ...client, namespace: 'bank' }, policies: [admitPods] },
    ],
    [
      'an exception of a block is outside',
      'deny',
      { from: outsider, policies: [admitBlock('192.0.2.0/24', ['192.0.2.7/32'])] },
    ],
    ['the protocol counts, TCP by default (S9)', 'deny', { protocol: 'UDP', policies: [admitPort(8080)] }],
    ['a port’s name that the pod does not have matches nothing', 'deny', { policies: [admitPort('metrics')] }],
    ['a peer without any field holds nobody', 'deny', { policies: [{ ingress: [{ from: [{}] }] }] }],
    [
      'an empty address set that no block could hold is denied by selectors alone',
      'deny',
      {
        from: hiddenHost,
        policies: [admitIngressNamespace],
      },
    ],
  ])('%s', ([, wanted, input]) => {
    expect(verdict(input).verdict).toBe(wanted);
  });
});

describe('no answer rather than a guess (S18)', () => {
  test.for<[says: string, because: RegExp, input: Case]>([
    ['the address of a node is not known', /not known/, { from: hiddenHost, policies: [admitBlock('10.0.0.0/8')] }],
    [
      'two possible addresses of a node disagree',
      /may be seen as/,
      {
        from: { kind: 'host', node: 'worker-1', addresses: ['10.244.1.0', '10.0.0.1'] },
        policies: [admitBlock('10.0.0.1/32')],
      },
    ],
    [
      'an ipBlock holds a node on Cilium',
      /cilium/,
      { from: overlayHost, policies: [admitBlock('10.0.0.0/8')], world: enforcedBy('cilium') },
    ],
    [
      'selectors might match hostNetwork pods on AWS',
      /aws/,
      { from: overlayHost, policies: [admitIngressNamespace], world: enforcedBy('aws') },
    ],
    ['the source is not known', /nobody knows/, { from: stranger, policies: [admitPods] }],
    ['the port is not known', /port/, { port: null, policies: [admitPort(8080)] }],
    [
      'kindnet exempts only root on the own node',
      /root/,
      { from: { ...overlayHost, node: 'worker-2' }, policies: [{}], world: enforcedBy('kindnet') },
    ],
    ['policies could not be listed', /networkpolicies/, { world: { unread: [unreadGap('networkpolicies')] } }],
    ['namespaces could not be listed', /label/, { policies: [admitIngressNamespace], world: { namespaces: [] } }],
    [
      'other kinds of policy exist',
      /CiliumNetworkPolicy/,
      { world: enforcedBy('cilium', { unevaluated: ['CiliumNetworkPolicy'] }) },
    ],
    [
      'a selector has an operator from the future',
      /Near/,
      { policies: [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } }] },
    ],
    ['a block cannot be read', /not a CIDR/, { from: outsider, policies: [admitBlock('010.0.0.0/8')] }],
    ['the destination is not known', /nobody knows/, { to: stranger, policies: [{}] }],
  ])('when %s', ([, because, input]) => {
    const said = verdict(input);
    expect(said.verdict).toBe('unknown');
    expect(said.direction).toBeNull();
    expect(said.because).toMatch(because);
  });

  test('namespaces that were not listed are still known by name', () => {
    const byName = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
    const spec: Spec = { ingress: [{ from: [{ namespaceSelector: byName }] }] };
    expect(verdict({ policies: [spec], world: { namespaces: [] } }).verdict).toBe('allow');
  });
});

describe('the reason', () => {
  test('names the policy, the address it saw and the selector that cannot match a node', () => {
    const said = verdict({ from: overlayHost, policies: [admitIngressNamespace] });
    expect(said).toMatchObject({
      verdict: 'deny',
      direction: 'ingress',
      policies: [{ namespace: 'shop', name: 'p0' }],
    });
    expect(said.because).toBe(
      'no rule of shop/p0 matches 10.244.1.0; namespaceSelector never matches a hostNetwork pod',
    );
  });

  test.for<[says: string, wanted: string, input: Case]>([
    ['an empty policy', 'shop/p0 isolates the pod for ingress and allows nothing', { policies: [{}] }],
    [
      'another port',
      'shop/p0 admits a pod of namespace shop (app=client) on TCP 9090, not on TCP 8080',
      { policies: [admitPort(9090)] },
    ],
    [
      'a range of ports that ends before it',
      'shop/p0 admits a pod of namespace shop (app=client) on TCP 8000 to 8079, not on TCP 8080',
      { policies: [admitPort(8000, 8079)] },
    ],
    [
      'a port by a name that the pod does not have',
      'shop/p0 admits a pod of namespace shop (app=client) on the TCP port named metrics, which the pod does not have, not on TCP 8080',
      { policies: [admitPort('metrics')] },
    ],
    [
      'a block without the address',
      'no rule of shop/p0 matches a pod of namespace shop (app=client); 10.244.1.12 is in 10.244.0.0/16, but its except has 10.244.1.0/24',
      { policies: [admitBlock('10.244.0.0/16', ['10.244.1.0/24'])] },
    ],
    [
      'a block of others',
      'no rule of shop/p0 matches a pod of namespace shop (app=client)',
      { policies: [admitBlock('10.9.0.0/16', ['10.9.1.0/24'])] },
    ],
    [
      'admission',
      'no policy isolates a pod of namespace shop (app=client) for egress; shop/p0 admits it',
      { policies: [admitPods] },
    ],
  ])('of %s', ([, wanted, input]) => {
    expect(verdict(input).because).toBe(wanted);
  });

  test('says which rule admits', () => {
    const said = verdict({ policies: [{ ingress: [...(admitPort(1).ingress ?? []), ...(admitPods.ingress ?? [])] }] });
    expect(said.ingress.answers).toMatchObject([{ rule: 1 }]);
  });

  test('egress is named before ingress', () => {
    const both: Spec = { policyTypes: ['Ingress', 'Egress'] };
    expect(verdict({ policies: [both] })).toMatchObject({ verdict: 'deny', direction: 'egress' });
  });
});

test.for([
  ['calico', 'yes'],
  ['none', 'no'],
  ['unknown', 'unknown'],
])('what the policy says and whether %s enforces it are two things', ([enforcer, enforced]) => {
  const asked: Case = { from: overlayHost, policies: [admitIngressNamespace], world: enforcedBy(enforcer!) };
  expect(verdict(asked)).toMatchObject({ verdict: 'deny', enforced });
});

describe('what the policy meant', () => {
  const identity = { namespace: 'ingress-nginx', labels: {} };
  const world = cluster({ namespaces: [namespace('ingress-nginx', { 'app.kubernetes.io/name': 'ingress-nginx' })] });
  const flow = { cluster: world, to: web, port: 8080, protocol: 'TCP' } as const;

  test('it would admit the controller if it were an ordinary pod', () => {
    expect(wouldMatchAsPod(policy({ spec: admitIngressNamespace }), identity, flow)).toBe(true);
  });

  test.for<[says: string, spec: Spec]>([
    ['it names another namespace', admitPods],
    ['it admits only addresses', admitBlock('10.244.1.0/32')],
    ['it does not select the pod', { podSelector: { matchLabels: { app: 'db' } }, ...admitIngressNamespace }],
  ])('it would not where %s', ([, spec]) => {
    expect(wouldMatchAsPod(policy({ spec }), identity, flow)).toBe(false);
  });
});

describe('who has an address', () => {
  const world = cluster({
    nodes: [node({ name: 'worker-1' })],
    pods: [
      pod({ name: 'old-1', addresses: ['10.244.1.50'], phase: 'Succeeded' }),
      pod({ name: 'web-1', addresses: ['10.244.1.50'] }),
      pod({ name: 'gone-1', addresses: ['10.244.1.60'], phase: 'Failed' }),
    ],
  });

  test.for([
    ['10.244.1.50', 'pod'],
    ['::ffff:10.244.1.50', 'pod'],
    ['10.244.1.60', 'address'],
    ['10.0.0.1', 'host'],
    ['10.244.1.0', 'host'],
    ['192.0.2.7', 'address'],
  ])('%s: %s', ([address, kind]) => {
    expect(partyAt(world, address!).kind).toBe(kind);
  });

  test('nobody knows where pods could not be listed', () => {
    const blind = cluster({ unread: [unreadGap('pods')] });
    expect(partyAt(blind, '10.244.1.50').kind).toBe('unknown');
  });
});

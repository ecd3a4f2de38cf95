import { describe, expect, test } from 'vitest';
import { expectationsOf } from '../../../src/judge/evidence/expectations.ts';
import type { ExpectationQuestion } from '../../../src/judge/evidence/expectations.ts';
import type { Cluster, NetworkPolicy } from '../../../src/model/cluster.ts';
import type { Path } from '../../../src/model/plan.ts';
import { agent, cluster, path, pod, policy, service, slice, to } from '../make.ts';

const web1 = pod({ name: 'web-1', node: 'worker-1', addresses: ['10.244.1.11'] });
const web2 = pod({ name: 'web-2', node: 'worker-2', addresses: ['10.244.2.12'] });
const dns1 = pod({
  namespace: 'kube-system',
  name: 'coredns-1',
  node: 'worker-3',
  addresses: ['10.244.3.5'],
  ports: [{ name: 'dns', port: 5353, protocol: 'UDP' }],
});
const shop: Partial<Cluster> = {
  pods: [web1, web2, dns1],
  services: [
    service(),
    service({
      namespace: 'kube-system',
      name: 'kube-dns',
      clusterIps: ['10.96.0.10'],
      ports: [{ name: 'dns', port: 53, targetPort: 'dns', nodePort: null, protocol: 'UDP' }],
    }),
  ],
  endpointSlices: [
    slice({ pods: [web1, web2] }),
    slice({
      namespace: 'kube-system',
      service: 'kube-dns',
      pods: [dns1],
      ports: [{ name: 'dns', port: 5353, protocol: 'UDP' }],
    }),
  ],
};

interface World {
  readonly policies?: readonly NetworkPolicy['spec'][];
  readonly inNamespace?: string;
  readonly over?: Partial<Cluster>;
  readonly seen?: Record<string, readonly string[]>;
  readonly heard?: Record<string, { addresses: string[]; tcp?: number[]; udp?: number[] }>;
}

function on(one: Path, { policies = [], inNamespace = 'shop', over = {}, seen = {}, heard = {} }: World) {
  const networkPolicies = policies.map((spec, index) => policy({ namespace: inNamespace, name: `p${index}`, spec }));
  const ids = [one.from, ...(one.to.kind === 'agent' ? [one.to.agent] : [])];
  const question: ExpectationQuestion = {
    cluster: cluster({ ...shop, networkPolicies, ...over }),
    agents: new Map(ids.map((id) => [id, agent(id)])),
    paths: [one],
    heard: (id) => (heard[id] === undefined ? null : { tcp: [], udp: [], ...heard[id] }),
    sourcesSeen: (id, node) => seen[`${id} on ${node}`] ?? [],
  };
  return expectationsOf(question).get(one.id)!;
}

const denyAll: NetworkPolicy['spec'] = {};
const fromBlock = (cidr: string): NetworkPolicy['spec'] => ({ ingress: [{ from: [{ ipBlock: { cidr } }] }] });
const canal = { networking: { ...cluster().networking, cni: 'canal' } };

describe('without a policy', () => {
  test.for<[says: string, one: Path]>([
    ['a backend', path('control@worker-1', to.backend(web2))],
    ['a Service', path('control@worker-1', to.service())],
    ['a DNS server', path('control@worker-1', to.dns())],
    ['the resolver', path('control@worker-1', to.resolver())],
    ['an ingress entry', path('local', to.entry())],
    ['a backend, from where kprobe runs', path('local', to.backend(web2))],
    ['an external address', path('control@worker-1', to.external())],
  ])('%s is allowed', ([, one]) => {
    expect(on(one, {}).verdict).toBe('allow');
  });
});

describe('a host vantage', () => {
  const toBackend = path('host@worker-1', to.backend(web2));

  test.for<[says: string, wanted: string, world: World]>([
    [
      'is judged by the address that the other node saw',
      'allow',
      {
        policies: [fromBlock('10.244.1.0/32')],
        seen: { 'host@worker-1 on worker-2': ['10.244.1.0'] },
      },
    ],
    [
      'a block that holds another address than the one seen',
      'deny',
      {
        policies: [fromBlock('10.0.0.1/32')],
        seen: { 'host@worker-1 on worker-2': ['10.244.1.0'] },
      },
    ],
    [
      'unseen, by the overlay address where the CNI makes that certain',
      'deny',
      { policies: [fromBlock('10.0.0.1/32')], over: canal },
    ],
    ['unseen, by all possible addresses where they agree', 'allow', { policies: [fromBlock('10.0.0.0/8')] }],
    ['unseen, by none where they differ', 'unknown', { policies: [fromBlock('10.0.0.1/32')] }],
    ['no selector matches it', 'deny', { policies: [{ ingress: [{ from: [{ namespaceSelector: {} }] }] }] }],
  ])('%s: %s', ([, wanted, world]) => {
    expect(on(toBackend, world).verdict).toBe(wanted);
  });

  const knp = { networking: { ...cluster().networking, cni: 'flannel', enforcer: 'kube-network-policies' } };
  const ownBridge = { 'host@worker-2 on worker-2': ['10.244.2.1'] };
  const own: Path = path('host@worker-2', to.backend(web2));
  const throughService: Path = path('host@worker-2', to.service());
  const oneBackend = { ...knp, endpointSlices: [slice({ pods: [web2] })] };

  test.for<[says: string, wanted: string, one: Path, world: World]>([
    ['nothing admits it', 'deny', own, { policies: [denyAll], over: knp, seen: ownBridge }],
    [
      'its bridge address is admitted',
      'allow',
      own,
      { policies: [fromBlock('10.244.2.1/32')], over: knp, seen: ownBridge },
    ],
    ['only its node address is', 'deny', own, { policies: [fromBlock('10.0.0.2/32')], over: knp, seen: ownBridge }],
    [
      'through a Service it is judged by its node address, though the pod sees the bridge',
      'allow',
      throughService,
      { policies: [fromBlock('10.0.0.2/32')], over: oneBackend, seen: ownBridge },
    ],
    [
      'through a Service, the bridge address admitted alone',
      'deny',
      throughService,
      { policies: [fromBlock('10.244.2.1/32')], over: oneBackend, seen: ownBridge },
    ],
    ['it was not seen', 'unknown', own, { policies: [fromBlock('10.244.2.1/32')], over: knp }],
  ])('is judged on its own node by kube-network-policies: %s: %s', ([, wanted, one, world]) => {
    expect(on(one, world).verdict).toBe(wanted);
  });

  test('seen by two addresses, of which one is admitted: not certain', () => {
    const seen = { 'host@worker-1 on worker-2': ['10.244.1.0', '10.0.0.1'] };
    expect(on(toBackend, { policies: [fromBlock('10.244.1.0/32')], seen }).verdict).toBe('unknown');
  });

  test('always reaches pods of its own node', () => {
    expect(on(path('host@worker-2', to.backend(web2)), { policies: [denyAll] }).verdict).toBe('allow');
  });
});

describe('the far end', () => {
  test.for<[says: string, wanted: object, one: Path, world: World]>([
    [
      'a twin has the labels that a policy selects',
      { verdict: 'deny', direction: 'ingress' },
      path('control@worker-1', to.agent('twin@worker-2', 8080)),
      { policies: [denyAll] },
    ],
    [
      'a control is selected by no policy',
      { verdict: 'allow' },
      path('control@worker-1', to.agent('control@worker-2')),
      { policies: [denyAll] },
    ],
    [
      'a policy of the client’s namespace denies its egress',
      { verdict: 'deny', direction: 'egress', policies: [{ namespace: 'shop', name: 'p0' }] },
      path('twin@worker-1', to.external()),
      { policies: [{ policyTypes: ['Egress'] }] },
    ],
    [
      'a Service is judged by its backends and their port',
      { verdict: 'allow' },
      path('control@worker-1', to.service()),
      { policies: [{ ingress: [{ ports: [{ port: 8080 }] }] }] },
    ],
    [
      'the Service’s own port means nothing',
      { verdict: 'deny' },
      path('control@worker-1', to.service()),
      { policies: [{ ingress: [{ ports: [{ port: 80 }] }] }] },
    ],
    [
      'a ClusterIP is judged as its Service',
      { verdict: 'deny' },
      path('control@worker-1', to.external('10.96.0.80', 80)),
      { policies: [denyAll] },
    ],
    [
      'a DNS Service is judged at its container port',
      { verdict: 'allow' },
      path('control@worker-1', to.dns('10.96.0.10', { service: { namespace: 'kube-system', name: 'kube-dns' } })),
      {
        policies: [{ ingress: [{ ports: [{ protocol: 'UDP', port: 5353 }] }] }],
        inNamespace: 'kube-system',
      },
    ],
    [
      'the resolver asks the DNS Service',
      { verdict: 'deny' },
      path('control@worker-1', to.resolver()),
      { policies: [denyAll], inNamespace: 'kube-system' },
    ],
    [
      'a named port of the original counts for its twin',
      { verdict: 'allow' },
      path('control@worker-1', to.agent('twin@worker-2', 8080)),
      { policies: [{ ingress: [{ ports: [{ port: 'http' }] }] }] },
    ],
    [
      'an agent’s own port is the one it told',
      { verdict: 'allow' },
      path('control@worker-1', to.agent('twin@worker-2')),
      {
        policies: [{ ingress: [{ ports: [{ port: 4711 }] }] }],
        heard: { 'twin@worker-2': { addresses: ['10.244.2.99'], tcp: [4711] } },
      },
    ],
    [
      'an ingress on the host network is subject to no policy',
      { verdict: 'allow' },
      path('control@worker-1', to.entry()),
      { policies: [denyAll] },
    ],
  ])('%s', ([, wanted, one, world]) => {
    expect(on(one, world)).toMatchObject(wanted);
  });
});

describe('nothing is expected', () => {
  const half: NetworkPolicy['spec'] = { podSelector: { matchLabels: { half: 'yes' } } };

  test.for<[says: string, because: RegExp, one: Path, world: World]>([
    [
      'where the backends differ',
      /2 backends differ: allow for 1, deny for 1/,
      path('control@worker-1', to.service()),
      {
        policies: [half],
        over: { pods: [web1, { ...web2, labels: { half: 'yes' } }] },
      },
    ],
    [
      'of a Service without endpoints',
      /far end/,
      path('control@worker-1', to.service()),
      { over: { endpointSlices: [] } },
    ],
    [
      'from where kprobe runs to an isolated pod',
      /no known address/,
      path('local', to.backend(web2)),
      { policies: [fromBlock('10.0.0.0/8')] },
    ],
    [
      'of an agent that said nothing, on a rule by port',
      /port is not known/,
      path('control@worker-1', to.agent('twin@worker-2')),
      { policies: [{ ingress: [{ ports: [{ port: 1 }] }] }] },
    ],
    [
      'where the source is replaced on the way',
      /replaced.*10\.244\.1\.0/,
      path('control@worker-1', to.backend(web2)),
      {
        policies: [{ ingress: [{ from: [{ namespaceSelector: {} }] }] }],
        seen: { 'control@worker-1 on worker-2': ['10.244.1.0'] },
        heard: { 'control@worker-1': { addresses: ['10.244.1.9'] } },
      },
    ],
    [
      'behind a load balancer',
      /load balancer/,
      path('control@worker-1', to.entry('198.51.100.1', null)),
      {
        policies: [denyAll],
        over: { services: [service({ externalAddresses: ['198.51.100.1'] })] },
      },
    ],
    [
      'of an entry that the cluster does not know',
      /far end/,
      path('local', to.entry('198.51.100.9', null)),
      { policies: [denyAll] },
    ],
    [
      'where the AWS agent sees the Service’s port',
      /AWS/,
      path('twin@worker-1', to.service()),
      {
        policies: [{ policyTypes: ['Egress'], egress: [{}] }],
        over: { networking: { ...cluster().networking, enforcer: 'aws' } },
      },
    ],
  ])('%s', ([, because, one, world]) => {
    const said = on(one, world);
    expect(said.verdict).toBe('unknown');
    expect(said.because).toMatch(because);
  });
});

test('a pod behind a hostPort is subject to policies, unlike the node in front', () => {
  const proxy = pod({
    name: 'proxy-1',
    node: 'worker-1',
    ports: [{ name: 'web', port: 8000, protocol: 'TCP', hostPort: 80 }],
  });
  const one = path('control@worker-2', to.entry('10.0.0.1', 'worker-1'));
  expect(on(one, { policies: [denyAll], over: { pods: [proxy] } })).toMatchObject({
    verdict: 'deny',
    direction: 'ingress',
  });
});

test('an address that was never heard of is judged by what the other node saw', () => {
  const one = path('twin@worker-1', to.backend(web2));
  const world: World = {
    policies: [fromBlock('10.244.1.0/24')],
    seen: { 'twin@worker-1 on worker-2': ['10.244.1.77'] },
  };
  expect(on(one, world).verdict).toBe('allow');
});

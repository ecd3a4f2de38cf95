import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { evaluateFlow } from '../../../src/judge/policy/evaluate.ts';
import { allowDns } from '../../../src/judge/policy/dns-fix.ts';
import { admitPods, allowEgress } from '../../../src/judge/policy/fixes.ts';
import { stableLabels } from '../../../src/judge/policy/manifest.ts';
import type { Fix } from '../../../src/judge/policy/manifest.ts';
import { admitNodes } from '../../../src/judge/policy/node-fixes.ts';
import type { PodParty } from '../../../src/judge/policy/party.ts';
import type { Cluster, NetworkPolicy } from '../../../src/model/cluster.ts';
import { cluster, namespace, policy, service, slice } from '../make.ts';
import { clusterOf, questionOf } from './compare.ts';
import { mulberry32 } from '../../../src/plan/mesh/random.ts';
import { randomWorld } from './random-world.ts';
import type { FlowQuestion } from '../../../src/judge/policy/flow-question.ts';

const web: PodParty = {
  kind: 'pod',
  namespace: 'shop',
  labels: { app: 'web', 'pod-template-hash': '7f9c' },
  addresses: ['10.244.2.11'],
  node: 'worker-2',
  ports: [],
};
const denyAll = policy();
const base = { policy: denyAll, to: web, port: 8080, protocol: 'TCP' as const };
const canal = cluster({ networking: { ...cluster().networking, cni: 'canal' } });
const nodes = [
  { name: 'worker-1', measured: ['10.244.1.0'] },
  { name: 'worker-3', measured: [] },
];

function enforcedBy(enforcer: string, over: Partial<Cluster> = {}): Cluster {
  const { networking } = cluster();
  return cluster({ networking: { ...networking, cni: enforcer, enforcer }, networkPolicies: [denyAll], ...over });
}

/** The cluster with the fix applied, as the API would serve it. */
function withFix(before: Cluster, fix: Fix): Cluster {
  const { metadata, spec } = parse(fix.manifest) as {
    metadata: { namespace: string; name: string };
    spec: NetworkPolicy['spec'];
  };
  return { ...before, networkPolicies: [...before.networkPolicies, { ...metadata, spec }] };
}

/** `shop/p1` of a verdict as the object itself. */
function firstAtFault(
  world: Cluster,
  { policies }: { policies: readonly { namespace: string; name: string }[] },
): NetworkPolicy {
  return world.networkPolicies.find(
    (each) => each.namespace === policies[0]?.namespace && each.name === policies[0].name,
  )!;
}

function fixIngress(question: FlowQuestion): Fix | null {
  const { from, to, port, protocol, cluster: world } = question;
  if (to.kind !== 'pod') return null;
  const about = {
    cluster: world,
    policy: firstAtFault(world, evaluateFlow(question).ingress),
    to,
    port: port!,
    protocol,
  };
  if (from.kind === 'pod') return admitPods({ ...about, from });
  if (from.kind !== 'host') return null;
  return admitNodes({ ...about, nodes: [{ name: from.node!, measured: from.addresses }] });
}

function fixEgress(question: FlowQuestion): Fix | null {
  const { from, to, port, protocol, cluster: world } = question;
  if (from.kind !== 'pod') return null;
  return allowEgress({
    cluster: world,
    policy: firstAtFault(world, evaluateFlow(question).egress),
    from,
    to: [to],
    host: null,
    port: port!,
    protocol,
  });
}

describe('on random clusters', () => {
  const random = mulberry32(20_261);
  const worlds = Array.from({ length: 50 }, () => randomWorld(random, 30)).map((world) => {
    const before = clusterOf(world);
    return { before, questions: world.flows.map((flow) => questionOf(before, flow)) };
  });
  const fixed = worlds.flatMap(({ before, questions }) =>
    questions.flatMap((question) => {
      const verdict = evaluateFlow(question);
      return (['ingress', 'egress'] as const).flatMap((side) => {
        if (verdict[side].verdict !== 'deny') return [];
        const fix = side === 'ingress' ? fixIngress(question) : fixEgress(question);
        return fix === null ? [] : [{ before, after: withFix(before, fix), questions, question, side, fix }];
      });
    }),
  );

  test('there is something to fix, of each kind', () => {
    const kinds = Map.groupBy(
      fixed,
      ({ question, side }) => `${side} ${side === 'ingress' ? question.from.kind : question.to.kind}`,
    );
    expect([...kinds.keys()].toSorted()).toEqual([
      'egress address',
      'egress host',
      'egress pod',
      'ingress host',
      'ingress pod',
    ]);
    for (const list of kinds.values()) expect(list.length).toBeGreaterThan(10);
  });

  test('every fix makes its flow pass', () => {
    const failed = fixed.filter(
      ({ after, question, side }) => evaluateFlow({ ...question, cluster: after })[side].verdict !== 'allow',
    );
    expect(failed.map(({ question, fix }) => ({ question: { ...question, cluster: null }, fix }))).toEqual([]);
  });

  test('no fix closes what was open, and none opens another port, protocol, subject or peer', () => {
    const wider = fixed.flatMap(({ before, after, questions, question, side, fix }) =>
      questions.flatMap((other) => {
        const was = evaluateFlow({ ...other, cluster: before });
        const is = evaluateFlow({ ...other, cluster: after });
        if (was.verdict === is.verdict && was[side].verdict === is[side].verdict) return [];
        const isExpected = is[side].verdict === 'allow' && isWithin(other, question, side);
        return isExpected ? [] : [{ was: was.because, is: is.because, manifest: fix.manifest }];
      }),
    );
    expect(wider).toEqual([]);
  });
});

/** The other flow has the same port and protocol, and a peer that the fix names. */
function isWithin(other: FlowQuestion, fixed: FlowQuestion, side: 'ingress' | 'egress'): boolean {
  if (other.port !== fixed.port || other.protocol !== fixed.protocol) return false;
  const [its, ours] = side === 'ingress' ? [other.from, fixed.from] : [other.to, fixed.to];
  const [subject, ourSubject] = side === 'ingress' ? [other.to, fixed.to] : [other.from, fixed.from];
  if (subject.kind !== 'pod' || ourSubject.kind !== 'pod' || subject.namespace !== ourSubject.namespace) return false;
  if (ours.kind === 'pod') {
    if (its.kind !== 'pod' || its.namespace !== ours.namespace) return false;
    return Object.entries(ours.labels).every(([key, value]) => its.labels[key] === value);
  }
  return JSON.stringify(its) === JSON.stringify(ours);
}

describe('the host network of nodes', () => {
  test('is admitted by measured addresses, else by those of the node object', () => {
    const fix = admitNodes({ ...base, cluster: canal, nodes })!;
    expect(parse(fix.manifest)).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'allow-nodes-to-web', namespace: 'shop' },
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ ipBlock: { cidr: '10.244.1.0/32' } }, { ipBlock: { cidr: '10.244.3.0/32' } }],
            ports: [{ protocol: 'TCP', port: 8080 }],
          },
        ],
      },
    });
    expect(fix.says).toMatch(/Not measured.*worker-3.*every process of these nodes.*pod network/s);
  });

  test('is admitted by every address a node may use where that is not certain', () => {
    const fix = admitNodes({ ...base, cluster: enforcedBy('calico'), nodes: [{ name: 'worker-1', measured: [] }] })!;
    expect(fix.manifest).toMatch(/10\.244\.1\.0\/32[\s\S]*10\.0\.0\.1\/32/);
  });

  test('takes /128 for IPv6', () => {
    const fix = admitNodes({
      ...base,
      cluster: enforcedBy('calico'),
      nodes: [{ name: 'worker-1', measured: ['fd00:244::1'] }],
    })!;
    expect(fix.manifest).toContain('cidr: fd00:244::1/128');
  });

  test('cannot be admitted without any address', () => {
    expect(
      admitNodes({ ...base, cluster: enforcedBy('calico', { nodes: [] }), nodes: [{ name: 'gone', measured: [] }] }),
    ).toBeNull();
  });

  test.for<[enforcer: string, kind: string, part: object]>([
    [
      'cilium',
      'CiliumNetworkPolicy',
      {
        endpointSelector: { matchLabels: { app: 'web' } },
        ingress: [{ fromEntities: ['remote-node', 'host'], toPorts: [{ ports: [{ port: '8080', protocol: 'TCP' }] }] }],
      },
    ],
    [
      'antrea',
      'ClusterNetworkPolicy',
      {
        ingress: [
          { action: 'Allow', from: [{ nodeSelector: { matchExpressions: [{ values: ['worker-1', 'worker-3'] }] } }] },
        ],
      },
    ],
    [
      'ovn-kubernetes',
      'NetworkPolicy',
      {
        ingress: [
          { from: [{ namespaceSelector: { matchLabels: { 'policy-group.network.openshift.io/host-network': '' } } }] },
        ],
      },
    ],
  ])('is admitted as %s knows it', ([enforcer, kind, spec]) => {
    const fix = admitNodes({ ...base, cluster: enforcedBy(enforcer), nodes })!;
    expect(parse(fix.manifest)).toMatchObject({ kind, spec });
    expect(fix.says).toContain('every process');
  });

  test('has its own namespace in OVN-Kubernetes without OpenShift', () => {
    const world = enforcedBy('ovn-kubernetes', { namespaces: [namespace('ovn-host-network')] });
    expect(admitNodes({ ...base, cluster: world, nodes })!.manifest).toContain(
      'kubernetes.io/metadata.name: ovn-host-network',
    );
  });
});

describe('a fix', () => {
  const client = { namespace: 'bank', labels: { app: 'teller', 'pod-template-hash': '55d' } };

  test('selects what the policy at fault selects, so that no further pod is isolated', () => {
    const narrow = policy({ spec: { podSelector: { matchLabels: { tier: 'front' } } } });
    const fix = admitPods({ ...base, policy: narrow, cluster: enforcedBy('calico'), from: client });
    expect(parse(fix.manifest)).toMatchObject({ spec: { podSelector: { matchLabels: { tier: 'front' } } } });
  });

  test('takes a free name', () => {
    const taken = ['allow-teller-to-web', 'allow-teller-to-web-2'].map((name) => policy({ name }));
    const world = enforcedBy('calico', { networkPolicies: taken });
    expect(admitPods({ ...base, cluster: world, from: client }).object.metadata.name).toBe('allow-teller-to-web-3');
  });

  test('names only labels that last', () => {
    const fix = admitPods({ ...base, cluster: enforcedBy('calico'), from: client });
    expect(fix.manifest).not.toContain('hash');
    expect(stableLabels({ 'apps.kubernetes.io/pod-index': '0', 'job-name': 'a-1', app: 'a' })).toEqual({ app: 'a' });
  });

  test('says so when it must admit a whole namespace', () => {
    const fix = admitPods({ ...base, cluster: enforcedBy('calico'), from: { namespace: 'bank', labels: {} } });
    expect(fix.says).toContain('every pod of namespace bank');
  });

  test('names make valid objects whatever the labels', () => {
    const odd = { namespace: 'bank', labels: { app: `__A.b_${'x'.repeat(80)}` } };
    expect(admitPods({ ...base, cluster: enforcedBy('calico'), from: odd }).object.metadata.name).toMatch(
      /^[a-z0-9][a-z0-9-]{0,200}[a-z0-9]$/,
    );
  });

  test('lets out to a node by Cilium’s identities', () => {
    const fix = allowEgress({
      ...base,
      cluster: enforcedBy('cilium'),
      from: web,
      to: [{ kind: 'host', node: 'worker-1', addresses: ['10.0.0.1'] }],
      host: null,
    })!;
    expect(fix.manifest).toContain('toEntities');
  });

  test('there is none towards nobody knows where', () => {
    expect(
      allowEgress({
        ...base,
        cluster: enforcedBy('calico'),
        from: web,
        to: [{ kind: 'unknown', because: '' }],
        host: null,
      }),
    ).toBeNull();
  });

  const outside = (address: string, host: string | null) =>
    allowEgress({
      ...base,
      cluster: enforcedBy('calico'),
      from: web,
      to: [{ kind: 'address', address }],
      host,
      port: 443,
    })!;

  test('lets out to a host by its name: to all that is public, since its address changes', () => {
    const fix = outside('198.51.100.7', 'api.example.net');
    expect(parse(fix.manifest).spec.egress).toEqual([
      {
        to: [{ ipBlock: { cidr: '0.0.0.0/0', except: expect.arrayContaining(['10.0.0.0/8', '169.254.0.0/16']) } }],
        ports: [{ protocol: 'TCP', port: 443 }],
      },
    ]);
    expect(fix.says).toContain('cannot name api.example.net');
    expect(parse(outside('2001:db8::7', 'api.example.net').manifest).spec.egress[0].to[0].ipBlock.cidr).toBe('::/0');
  });

  test('lets out to one address where that was asked for, or where the name leads to a private one', () => {
    const to = (address: string, host: string | null) => parse(outside(address, host).manifest).spec.egress[0].to;
    expect(to('198.51.100.7', null)).toEqual([{ ipBlock: { cidr: '198.51.100.7/32' } }]);
    expect(to('10.9.0.7', 'api.example.net')).toEqual([{ ipBlock: { cidr: '10.9.0.7/32' } }]);
  });

  test('says what the metadata address hands out', () => {
    expect(outside('169.254.169.254', null).says).toContain('credentials');
    // Written in any of its spellings.
    const ipv6 = outside('fd00:0ec2:0:0::254', null);
    expect(ipv6.says).toContain('credentials');
    expect(parse(ipv6.manifest).spec.egress[0].to).toEqual([{ ipBlock: { cidr: 'fd00:ec2::254/128' } }]);
    expect(outside('198.51.100.7', null).says).not.toContain('credentials');
  });
});

describe('DNS', () => {
  const dns = service({
    namespace: 'openshift-dns',
    name: 'dns-default',
    clusterIps: ['10.96.0.10'],
    selector: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
    ports: [{ name: 'dns', port: 53, targetPort: 'dns', nodePort: null, protocol: 'UDP' }],
  });
  const world = enforcedBy('calico', {
    dnsService: { namespace: 'openshift-dns', name: 'dns-default' },
    services: [dns],
    endpointSlices: [
      slice({
        namespace: 'openshift-dns',
        service: 'dns-default',
        ports: [{ name: 'dns', port: 5353, protocol: 'UDP' }],
      }),
    ],
  });
  const rules = (servers: string[]) =>
    (parse(allowDns({ cluster: world, policy: denyAll, servers })!.manifest) as { spec: NetworkPolicy['spec'] }).spec
      .egress;

  test.for<[says: string, servers: string[]]>([
    ['by the Service', ['10.96.0.10']],
    ['by the Service where the client’s servers are not known', []],
  ])('is opened %s: its own selector, its containers’ port, UDP and TCP', ([, servers]) => {
    expect(rules(servers)).toEqual([
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } },
            podSelector: { matchLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } },
          },
        ],
        ports: [
          { protocol: 'UDP', port: 5353 },
          { protocol: 'TCP', port: 5353 },
        ],
      },
    ]);
  });

  test('is opened by address where the client asks a node-local cache', () => {
    expect(rules(['169.254.20.10'])).toEqual([
      {
        to: [{ ipBlock: { cidr: '169.254.20.10/32' } }],
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
    ]);
  });

  test('cannot be opened where neither Service nor server is known', () => {
    expect(allowDns({ cluster: cluster({ dnsService: null }), policy: denyAll, servers: [] })).toBeNull();
  });
});

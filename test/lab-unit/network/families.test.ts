import { describe, expect, test } from 'vitest';
import { planNodes } from '../../../src/lab/network/address-plan.ts';
import { inFamily } from '../../../src/lab/network/nft-words.ts';
import { networkScript } from '../../../src/lab/network/underlay.ts';
import { policyTable } from '../../../src/lab/network/policy-table.ts';
import { policyEngine } from '../../../src/lab/network/policy-engines.ts';
import type { PolicyPod } from '../../../src/lab/network/policy-select.ts';
import { proxyTable } from '../../../src/lab/network/services.ts';
import { clusterZone } from '../../../src/lab/network/zone.ts';
import type { Family, KubeObject } from '../../../src/lab/model.ts';

const plan = (families: [Family, ...Family[]]) =>
  planNodes({ nodes: [{ name: 'oak', synLinearTimeouts: 4 }], overlay: 'vxlan', profile: 'calico', families });
const object = (kind: string, rest: object): KubeObject =>
  ({
    kind,
    metadata: { name: 'web', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    ...rest,
  }) as unknown as KubeObject;
const services = [
  object('Service', { spec: { clusterIPs: ['10.96.0.20', 'fd00:96::20'], ports: [{ name: 'http', port: 80 }] } }),
];
const slice = (addressType: Family, address: string) =>
  object('EndpointSlice', {
    addressType,
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [{ addresses: [address] }],
  });
const slices = [slice('IPv4', '10.244.1.5'), slice('IPv6', 'fd00:244:1::5')];

describe('the address plan', () => {
  test('gives a node one stack a family, and shows the first', () => {
    const [node] = plan(['IPv4', 'IPv6']);
    expect(node).toMatchObject({
      address: '172.30.0.11',
      stacks: [
        { family: 'IPv4', podRange: '10.244.1.0/24' },
        { family: 'IPv6', address: 'fd00:30::11', podRange: 'fd00:244:1::/64', overlayAddress: 'fd00:244:1::' },
      ],
    });
  });

  test('leaves IPv4 out where only IPv6 is wanted', () => {
    const nodes = plan(['IPv6']);
    expect(nodes[0]).toMatchObject({ address: 'fd00:30::11', family: 'IPv6' });
    expect(networkScript(nodes, 'vxlan')).not.toContain('172.30.');
  });
});

describe('a Service of two families', () => {
  test('leads to the endpoints of the family that it is asked by', () => {
    const [node] = plan(['IPv4', 'IPv6']);
    if (node === undefined) throw new Error('no node was planned');
    const [four, six] = node.stacks.map((stack) => proxyTable({ services, slices, node: { ...node, ...stack } }));
    expect(four).toContain('dnat to 10.244.1.5:8080');
    expect(four).not.toContain('fd00:');
    expect(six).toContain('fd00:96::20 . tcp . 80 : goto service/shop/web/tcp/80');
    expect(six).toContain('dnat to [fd00:244:1::5]:8080');
    expect(six).not.toContain('10.');
  });

  test('has the addresses of both in its name', () => {
    expect(clusterZone(services, slices, 'cluster.local')['web.shop.svc.cluster.local']).toEqual([
      '10.96.0.20',
      'fd00:96::20',
    ]);
  });
});

test('a policy is enforced by the blocks of the packet’s family', () => {
  const pod = (address: string): PolicyPod => ({
    uid: 'x',
    namespace: 'a',
    labels: {},
    address,
    node: 'oak',
    ports: [],
  });
  const ingress = [
    { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }, { ipBlock: { cidr: 'fd00::/16', except: ['fd00:9::/32'] } }] },
  ];
  const table = (family: Family, address: string) =>
    policyTable({
      policies: [{ namespace: 'a', spec: { ingress } }],
      namespaces: new Map(),
      family,
      subjects: [{ pod: pod(address), treatment: 'by-policy' }],
      peers: [pod(address)],
      node: 'oak',
      engine: policyEngine({ profile: 'calico', policyAgent: null }),
    });
  expect(table('IPv4', '10.244.1.2')).toContain('ip saddr 10.0.0.0/8 return');
  expect(table('IPv4', '10.244.1.2')).not.toContain('fd00');
  expect(inFamily('IPv6', { rules: table('IPv6', 'fd00:244:1::2') })['ip6 rules']).toContain(
    'ip6 saddr fd00::/16 ip6 saddr != fd00:9::/32 return',
  );
});

test.for([
  ['ip saddr fd00::1 counter drop', 'ip6 saddr fd00::1 counter drop'],
  ['ip length > 1300 drop', 'ip6 length > 1260 drop'],
  ['reject with icmp type port-unreachable', 'reject with icmpv6 type port-unreachable'],
  ['set a { type ipv4_addr . inet_service; }', 'set a { type ipv6_addr . inet_service; }'],
] as const)('in the words for IPv6: %s', ([four, six]) => {
  expect(inFamily('IPv6', { rules: four })).toEqual({ 'ip6 rules': six });
  expect(inFamily('IPv4', { rules: four })).toEqual({ 'ip rules': four });
});

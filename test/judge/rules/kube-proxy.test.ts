/** kube-proxy's rules in both modes, as its 1.34 writes them (names made up). */
import { describe, expect, test } from 'vitest';
import { packetRuleFix } from '../../../src/judge/fixes/packet-rule.ts';
import { ownerOf } from '../../../src/judge/rules/owner.ts';
import type { Flow } from '../../../src/judge/rules/way.ts';
import type { Cluster } from '../../../src/model/cluster.ts';
import { cluster, pod, service, slice, unreadGap } from '../make.ts';
import { flow, steps } from './steps.ts';

const web = pod({ name: 'web-2', node: 'worker-2' });
const asked = flow({ destination: '10.96.0.80', destinationPort: 80 });
const empty = { services: [service()] };
const served = { services: [service()], endpointSlices: [slice({ pods: [web] })] };
const nodePort = service({
  type: 'NodePort',
  externalTrafficPolicy: 'Local',
  ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }],
});
const SHOP = { kind: 'Service', namespace: 'shop', name: 'web' };

const FORWARD =
  'ip kube-proxy filter-forward@forward/0: ct state new jump service-endpoints-check -> jump service-endpoints-check';
const CHECK = 'ip kube-proxy service-endpoints-check: ip daddr . meta l4proto . th dport vmap @no-endpoint-services';
const REJECTED = [FORWARD, `${CHECK} -> goto reject-chain`, 'ip kube-proxy reject-chain: reject -> reject'];
const DROPPED = [FORWARD, `${CHECK} -> drop`];
const CLUSTER_IPS =
  'ip kube-proxy filter-forward@forward/0: ct state new jump cluster-ips-check -> jump cluster-ips-check';

interface Case {
  readonly says: string;
  readonly lines: readonly string[];
  readonly world: Partial<Cluster>;
  readonly packet?: Flow | null;
  readonly wanted: object;
  /** A piece of the fix. */
  readonly fix: string;
}

const CASES: readonly Case[] = [
  {
    says: 'no endpoints',
    lines: REJECTED,
    world: empty,
    wanted: { object: SHOP, reason: 'no-endpoints', isStale: false, means: 'Service shop/web has no ready endpoint' },
    fix: 'app=web',
  },
  {
    says: 'no endpoints, by a node that has missed them',
    lines: REJECTED,
    world: served,
    wanted: { object: SHOP, reason: 'no-endpoints', isStale: true },
    fix: 'restart it there',
  },
  {
    says: 'no endpoints, where EndpointSlices may not be listed',
    lines: REJECTED,
    world: { ...empty, unread: [unreadGap('endpointslices')] },
    wanted: { object: SHOP, isStale: false },
    fix: 'app=web',
  },
  {
    says: 'no endpoints, of a packet that is not known',
    lines: REJECTED,
    world: empty,
    packet: null,
    wanted: { reason: 'no-endpoints', isStale: false, means: 'a Service has no ready endpoint' },
    fix: '',
  },
  {
    says: 'no endpoint here, for a node port',
    lines: [
      'ip kube-proxy filter-input@input/0: ct state new jump nodeport-endpoints-check -> jump nodeport-endpoints-check',
      'ip kube-proxy nodeport-endpoints-check: ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports -> drop',
    ],
    world: { services: [nodePort], endpointSlices: [slice({ pods: [pod()] })] },
    packet: flow({ destination: '10.0.0.2', destinationPort: 30080 }),
    wanted: { object: SHOP, reason: 'no-local-endpoints', isStale: false },
    fix: 'externalTrafficPolicy to Cluster',
  },
  {
    says: 'no endpoint here, for the ClusterIP',
    lines: DROPPED,
    world: { services: [service({ internalTrafficPolicy: 'Local' })], endpointSlices: [slice({ pods: [pod()] })] },
    wanted: { object: SHOP, reason: 'no-local-endpoints', isStale: false },
    fix: 'internalTrafficPolicy to Cluster',
  },
  {
    says: 'no endpoint here, by a node that has missed its own',
    lines: DROPPED,
    world: served,
    wanted: { object: SHOP, reason: 'no-local-endpoints', isStale: true },
    fix: 'restart',
  },
  {
    says: 'a port that the Service has not',
    lines: [CLUSTER_IPS, 'ip kube-proxy cluster-ips-check: ip daddr @cluster-ips reject -> drop'],
    world: served,
    packet: flow({ destination: '10.96.0.80', destinationPort: 81 }),
    wanted: { object: SHOP, reason: 'wrong-port', isStale: false, means: 'Service shop/web has no port 81' },
    fix: '(80)',
  },
  {
    says: 'a port that only this node does not know',
    lines: [CLUSTER_IPS, 'ip kube-proxy cluster-ips-check: ip daddr @cluster-ips reject -> reject'],
    world: served,
    wanted: { object: SHOP, reason: 'wrong-port', isStale: true },
    fix: 'restart',
  },
  {
    says: 'an address of no Service',
    lines: [CLUSTER_IPS, 'ip kube-proxy cluster-ips-check: ip daddr 10.96.0.0/16 drop -> drop'],
    world: served,
    packet: flow({ destination: '10.96.9.9', destinationPort: 80 }),
    wanted: { reason: 'no-service', isStale: false },
    fix: '10.96.9.9',
  },
  {
    says: 'an address that only this node does not know',
    lines: [CLUSTER_IPS, 'ip kube-proxy cluster-ips-check: ip daddr 10.96.0.0/16 drop -> drop'],
    world: served,
    wanted: { object: SHOP, reason: 'no-service', isStale: true },
    fix: 'restart',
  },
  {
    says: 'source ranges of a load balancer',
    lines: [
      'ip kube-proxy firewall-check: ip daddr . meta l4proto . th dport vmap @firewall-ips -> goto firewall-AAAAAAAA-shop/web/tcp/http',
      'ip kube-proxy firewall-AAAAAAAA-shop/web/tcp/http: ip saddr != 192.0.2.0/24 drop -> drop',
    ],
    world: {},
    wanted: { object: SHOP, reason: 'source-range' },
    fix: 'loadBalancerSourceRanges',
  },
  {
    says: 'a chain of another version that rejects one port',
    lines: ['ip kube-proxy unserved: ip daddr 10.96.0.80 tcp dport 80 reject -> reject'],
    world: empty,
    wanted: { object: SHOP, reason: 'no-endpoints', isStale: false },
    fix: 'app=web',
  },
  {
    says: 'a chain of another version that drops one port',
    lines: ['ip kube-proxy unserved: ip daddr 10.96.0.80 tcp dport 80 drop -> drop'],
    world: { services: [service({ internalTrafficPolicy: 'Local' })] },
    wanted: { object: SHOP, reason: 'no-local-endpoints' },
    fix: 'internalTrafficPolicy',
  },
  {
    says: 'a chain of another version that drops what is left',
    lines: ['ip kube-proxy unserved: ip daddr 10.96.0.0/16 drop -> drop'],
    world: {},
    wanted: { reason: 'no-service', isStale: false },
    fix: '10.96.0.80',
  },
  {
    says: 'iptables: no endpoints, by the comment',
    lines: [
      'ip filter FORWARD@forward/0: counter jump KUBE-SERVICES -> jump KUBE-SERVICES',
      'ip filter KUBE-SERVICES: ip daddr 10.96.0.80 tcp dport 80 counter reject comment "shop/web:http has no endpoints" -> drop',
    ],
    world: {},
    wanted: { object: SHOP, reason: 'no-endpoints' },
    fix: 'ready endpoint',
  },
  {
    says: 'iptables: no endpoints, by address and port, as nft leaves comments out',
    lines: ['ip filter KUBE-SERVICES: meta l4proto tcp ip daddr 10.96.0.80 tcp dport 80 counter reject -> drop'],
    world: empty,
    packet: null,
    wanted: { object: SHOP, reason: 'no-endpoints' },
    fix: '',
  },
  {
    says: 'iptables: no endpoints, as iptables-save prints it',
    lines: [
      'ip filter KUBE-SERVICES: -A KUBE-SERVICES -d 10.96.0.80/32 -p tcp -m comment --comment "shop/web:http has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable -> reject',
    ],
    world: {},
    wanted: { object: SHOP, reason: 'no-endpoints' },
    fix: 'ready endpoint',
  },
  {
    says: 'iptables: no endpoint here, by the node port',
    lines: ['ip filter KUBE-EXTERNAL-SERVICES: fib daddr type local tcp dport 30080 counter drop -> drop'],
    world: { services: [nodePort], endpointSlices: [slice({ pods: [pod()] })] },
    packet: flow({ destination: '10.0.0.2', destinationPort: 30080 }),
    wanted: { object: SHOP, reason: 'no-local-endpoints', isStale: false },
    fix: 'externalTrafficPolicy',
  },
  {
    says: 'iptables: what older versions mark to be dropped',
    lines: [
      'ip nat KUBE-XLB-AAAAAAAAAAAAAAAA: counter jump KUBE-MARK-DROP comment "shop/web:http has no local endpoints" -> jump KUBE-MARK-DROP',
      'ip nat KUBE-MARK-DROP: counter meta mark set meta mark | 0x00008000 -> continue',
      'ip filter KUBE-FIREWALL: meta mark & 0x00008000 == 0x00008000 counter drop -> drop',
    ],
    world: {},
    wanted: { object: SHOP, reason: 'no-local-endpoints' },
    fix: 'worker-2',
  },
  {
    says: 'iptables: the guard of 127.0.0.0/8',
    lines: [
      'ip filter KUBE-FIREWALL: ip saddr != 127.0.0.0/8 ip daddr 127.0.0.0/8 ct status dnat counter drop -> drop',
    ],
    world: empty,
    packet: flow({ destination: '127.0.0.1', destinationPort: 80 }),
    wanted: { reason: 'loopback-guard' },
    fix: '127.0.0.0/8',
  },
  {
    says: 'iptables: a packet without a place in its connection',
    lines: ['ip filter KUBE-FORWARD: ct state invalid counter drop -> drop'],
    world: empty,
    wanted: { reason: 'invalid-state' },
    fix: 'asymmetric',
  },
  {
    says: 'iptables: source ranges of a load balancer',
    lines: ['ip filter KUBE-PROXY-FIREWALL: ip daddr 192.0.2.10 tcp dport 80 counter drop -> drop'],
    world: { services: [service({ externalAddresses: ['192.0.2.10'] })] },
    wanted: { object: SHOP, reason: 'source-range' },
    fix: 'loadBalancerSourceRanges',
  },
];

describe('kube-proxy', () => {
  test.for(CASES)('$says', ({ lines, world, packet = asked, wanted, fix }) => {
    const way = steps(...lines);
    const here = cluster(world);
    const owner = ownerOf(way, here, packet);
    expect(owner).toMatchObject({ program: 'kube-proxy', ...wanted });
    if (packet === null) return;
    expect(packetRuleFix({ cluster: here, ownership: owner, steps: way, flow: packet })?.says).toContain(fix);
  });

  test.for([
    ['service-AAAAAAAA-shop/web/tcp/http', SHOP],
    ['endpoint-AAAAAAAA-shop/web/tcp/http__10.244.2.12/8080', SHOP],
    ['external-AAAAAAAA-shop/web/tcp/', SHOP],
    ['endpoint-AAAAAAAA-shop/web/tc...', SHOP],
    ['endpoint-AAAAAAAA-shop/we...', SHOP],
    ['endpoint-AAAAAAAA-sho...', undefined],
    ['mark-for-masquerade', undefined],
  ] as const)('the Service in the name of chain %s', ([chain, object]) => {
    const way = steps(`ip kube-proxy ${chain}: meta mark set meta mark -> continue`);
    const two = { services: [service(), service({ namespace: 'shopping' })] };
    expect(ownerOf(way, cluster(two)).object).toEqual(object);
  });

  test.for([
    ['meta l4proto tcp dnat to 10.244.2.12:8080', SHOP],
    ['meta mark set meta mark | 0x00004000', undefined],
  ] as const)(
    'where the name tells none, a rule that translates tells it by the address that was asked: %s',
    ([rule, object]) => {
      const way = steps(`ip kube-proxy endpoint/tcp/10_244_2_12/8080: ${rule} -> accept`);
      expect(ownerOf(way, cluster(served), asked)).toMatchObject({ program: 'kube-proxy', reason: 'passes' });
      expect(ownerOf(way, cluster(served), asked).object).toEqual(object);
    },
  );
});

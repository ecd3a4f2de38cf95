/** Engines that enforce NetworkPolicy by rules: the pod, the direction and the policy behind the end of a chain. */
import { describe, expect, test } from 'vitest';
import { packetRuleFix } from '../../../src/judge/fixes/packet-rule.ts';
import { ownerOf } from '../../../src/judge/rules/owner.ts';
import type { Flow } from '../../../src/judge/rules/way.ts';
import type { Cluster } from '../../../src/model/cluster.ts';
import { cluster, pod, policy } from '../make.ts';
import { flow, steps } from './steps.ts';

const web = pod({ name: 'web-2', node: 'worker-2' });
const client = pod({ name: 'client-1', labels: { app: 'client' } });
const allow = policy({
  name: 'allow-ingress',
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'front' } } }] }],
  },
});
const outward = policy({
  name: 'no-way-out',
  spec: { podSelector: { matchLabels: { app: 'client' } }, policyTypes: ['Egress'] },
});
const world = { pods: [web, client], networkPolicies: [allow] };
const ALLOW = { kind: 'NetworkPolicy', namespace: 'shop', name: 'allow-ingress' };
const OUTWARD = { kind: 'NetworkPolicy', namespace: 'shop', name: 'no-way-out' };

const POD_FW = 'ip filter KUBE-POD-FW-AAAAAAAAAAAAAAAA';
const INTO = `ip filter KUBE-ROUTER-FORWARD: ip daddr 10.244.2.12 counter jump KUBE-POD-FW-AAAAAAAAAAAAAAAA -> jump KUBE-POD-FW-AAAAAAAAAAAAAAAA`;
const OUT_OF = `ip filter KUBE-ROUTER-FORWARD: ip saddr 10.244.1.11 counter jump KUBE-POD-FW-AAAAAAAAAAAAAAAA -> jump KUBE-POD-FW-AAAAAAAAAAAAAAAA`;
const END = `${POD_FW}: meta mark & 0x00010000 != 0x00010000 counter reject -> drop`;
const TW = 'ip calico filter-cali-tw-cali0123456789a';
const TIER_END =
  'meta mark & 0x00020000 == 0x00000000 counter drop comment "cali:aaaa; End of tier default. Drop if no policies passed packet" -> drop';

interface Case {
  readonly says: string;
  readonly lines: readonly string[];
  readonly world?: Partial<Cluster>;
  readonly packet?: Flow | null;
  readonly wanted: object;
  /** A piece of the sentence. */
  readonly means?: string;
}

const CASES: readonly Case[] = [
  {
    says: 'kube-router, ingress',
    lines: [
      INTO,
      `${POD_FW}: ip daddr 10.244.2.12 counter jump KUBE-NWPLCY-BBBBBBBBBBBBBBBB -> jump KUBE-NWPLCY-BBBBBBBBBBBBBBBB`,
      END,
    ],
    wanted: { program: 'kube-router', object: ALLOW, reason: 'policy', isStale: false },
    means: 'policies isolate pod shop/web-2 for ingress: no rule of shop/allow-ingress matches',
  },
  {
    says: 'kube-router, its last rule as iptables-save prints it',
    lines: [
      INTO,
      'ip filter KUBE-POD-FW-AAAAAAAAAAAAAAAA: -A KUBE-POD-FW-AAAAAAAAAAAAAAAA -m comment --comment "shop/web-2 reject" -m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable -> drop',
    ],
    wanted: { program: 'kube-router', object: ALLOW, reason: 'policy', isStale: false },
    means: 'pod shop/web-2 for ingress',
  },
  {
    says: 'kube-router, egress',
    lines: [OUT_OF, END],
    world: { ...world, networkPolicies: [outward] },
    wanted: { program: 'kube-router', object: OUTWARD, reason: 'policy', isStale: false },
    means: 'pod shop/client-1 for egress',
  },
  {
    says: 'kube-router, of a packet that is not known, by the address alone',
    lines: [INTO, END],
    packet: null,
    wanted: { program: 'kube-router', object: ALLOW, reason: 'policy', isStale: false },
    means: 'none of its policies (shop/allow-ingress) admits',
  },
  {
    says: 'kube-router, of a policy that is gone',
    lines: [
      INTO,
      `${POD_FW}: ip daddr 10.244.2.12 counter jump KUBE-NWPLCY-BBBBBBBBBBBBBBBB comment "shop/old policy" -> jump KUBE-NWPLCY-BBBBBBBBBBBBBBBB`,
      END,
    ],
    world: { pods: [web, client] },
    wanted: { object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'old' }, reason: 'policy', isStale: true },
    means: 'by the API',
  },
  {
    says: 'kube-router with nftables, all in comments',
    lines: [
      'ip kube-router-filter-ipv4 KUBE-ROUTER-FORWARD: ip daddr 10.244.2.12 counter jump KUBE-POD-FW-CCCC comment "jump traffic to POD name:web-2 ns: shop to chain KUBE-POD-FW-CCCC" -> jump KUBE-POD-FW-CCCC',
      'ip kube-router-filter-ipv4 KUBE-POD-FW-CCCC: ip daddr 10.244.2.12 counter jump KUBE-NWPLCY-DDDD comment "run through nw policy allow-ingress" -> jump KUBE-NWPLCY-DDDD',
      'ip kube-router-filter-ipv4 KUBE-POD-FW-CCCC: meta mark & 0x10000 == 0x0 counter reject comment "REJECT traffic destined for POD name:web-2" -> reject',
    ],
    packet: null,
    world: {},
    wanted: { program: 'kube-router', object: ALLOW, reason: 'policy' },
    means: 'pod shop/web-2 for ingress',
  },
  {
    says: 'kube-router, a packet without a place in its connection',
    lines: [
      INTO,
      `${POD_FW}: counter jump KUBE-NWPLCY-COMMON -> jump KUBE-NWPLCY-COMMON`,
      'ip filter KUBE-NWPLCY-COMMON: ct state invalid counter drop -> drop',
    ],
    wanted: { program: 'kube-router', reason: 'invalid-state' },
  },
  {
    says: 'calico with nftables, the end of a tier',
    lines: [
      'ip calico filter-cali-to-wl-dispatch: oifname vmap @filter-cali-to-wl-dispatch -> goto filter-cali-tw-cali0123456789a',
      `${TW}: counter jump filter-cali-pi-knp/shop/allow-ingress comment "cali:bbbb;" -> jump filter-cali-pi-knp/shop/allow-ingress`,
      `${TW}: ${TIER_END}`,
    ],
    wanted: { program: 'calico', object: ALLOW, reason: 'policy', isStale: false },
    means: 'no rule of shop/allow-ingress matches',
  },
  {
    says: 'calico with nftables, of a packet that is not known',
    lines: [
      `${TW}: counter jump filter-cali-pi-knp/shop/allow-ingress -> jump filter-cali-pi-knp/shop/allow-ingress`,
      `${TW}: ${TIER_END}`,
    ],
    packet: null,
    world: {},
    wanted: { program: 'calico', object: ALLOW, reason: 'policy' },
    means: 'a pod for ingress: none of its policies (shop/allow-ingress) admits',
  },
  {
    says: 'calico with iptables, policies behind hashes',
    lines: [
      'ip filter cali-tw-cali0123456789a: meta mark & 0x00020000 == 0x00000000 counter jump cali-pi-_AbCdEfGhIjKlMnOpQrS -> jump cali-pi-_AbCdEfGhIjKlMnOpQrS',
      'ip filter cali-tw-cali0123456789a: meta mark & 0x00020000 == 0x00000000 counter drop -> drop',
    ],
    wanted: { program: 'calico', object: ALLOW, reason: 'policy', isStale: false },
  },
  {
    says: 'calico before 3.31, egress through a group of policies',
    lines: [
      'ip filter cali-fw-cali0123456789b: counter jump cali-go-AbCd -> jump cali-go-AbCd',
      'ip filter cali-fw-cali0123456789b: counter drop -> drop',
    ],
    world: { ...world, networkPolicies: [outward] },
    wanted: { program: 'calico', object: OUTWARD, reason: 'policy' },
  },
  {
    says: 'calico, a Deny of its own policy',
    lines: [
      `${TW}: counter jump filter-cali-pi-gnp/deny-outside -> jump filter-cali-pi-gnp/deny-outside`,
      'ip calico filter-cali-pi-gnp/deny-outside: ip saddr 192.0.2.0/24 counter drop -> drop',
    ],
    wanted: { program: 'calico', object: { kind: 'GlobalNetworkPolicy', name: 'deny-outside' }, reason: 'policy' },
    means: 'a rule of GlobalNetworkPolicy deny-outside denies it',
  },
  {
    says: 'calico, a Deny behind a hash, by the comment',
    lines: ['ip filter cali-pi-_AbCd: counter drop comment "cali:cccc; NetworkPolicy shop/strict ingress" -> drop'],
    wanted: {
      program: 'calico',
      object: { kind: 'NetworkPolicy (Calico)', namespace: 'shop', name: 'strict' },
      reason: 'policy',
    },
  },
  {
    says: 'calico, only policies of its own',
    lines: [`${TW}: counter jump filter-cali-pi-gnp/base -> jump filter-cali-pi-gnp/base`, `${TW}: ${TIER_END}`],
    wanted: { object: { kind: 'GlobalNetworkPolicy', name: 'base' }, reason: 'policy' },
  },
  {
    says: 'calico, an interface that it does not know',
    lines: ['ip calico filter-cali-to-wl-dispatch: counter drop comment "cali:dddd; Unknown interface" -> drop'],
    wanted: { program: 'calico', reason: 'unknown-workload' },
  },
  {
    says: 'calico, an endpoint without policy and profile',
    lines: [`${TW}: counter drop comment "cali:eeee; Drop if no profiles matched" -> drop`],
    wanted: { program: 'calico', reason: 'unknown-workload' },
  },
  {
    says: 'calico, a tunnel out of a pod',
    lines: [
      'ip calico filter-cali-fw-cali0123456789b: udp dport 4789 counter drop comment "cali:ffff; Drop VXLAN encapped packets originating in workloads" -> drop',
    ],
    wanted: { program: 'calico', reason: 'encapsulation' },
  },
  {
    says: 'calico, a forged source',
    lines: [
      'ip calico raw-cali-PREROUTING: meta mark & 0x00080000 == 0x00080000 fib saddr . mark . iif oif 0 counter drop comment "cali:gggg;" -> drop',
    ],
    wanted: { program: 'calico', reason: 'reverse-path' },
  },
  {
    says: 'calico, a packet without a place in its connection',
    lines: [`${TW}: ct state invalid counter drop comment "cali:hhhh;" -> drop`],
    wanted: { program: 'calico', reason: 'invalid-state' },
  },
  {
    says: 'calico, a node’s own endpoint',
    lines: [
      'ip filter cali-fh-eth0: counter jump cali-pi-_AbCd -> jump cali-pi-_AbCd',
      'ip filter cali-fh-eth0: counter drop -> drop',
    ],
    wanted: { program: 'calico', reason: 'policy' },
    means: 'isolates the node',
  },
  {
    says: 'kindnet, denied by the API too',
    lines: [
      'inet kindnet-network-policies postrouting@postrouting/95: ip daddr @podips-v4 queue flags bypass to 101 -> queue',
    ],
    wanted: { program: 'kindnet', object: ALLOW, reason: 'policy', isStale: false },
    means: 'in user space, and by the API it is denied',
  },
  {
    says: 'kube-network-policies, admitted by the API',
    lines: [
      'inet kube-network-policies postrouting@postrouting/95: ip daddr @podips-v4 queue flags bypass to 100 -> queue',
    ],
    world: { pods: [web, client] },
    wanted: { program: 'kube-network-policies', reason: 'queue', isStale: false },
    means: 'by the API it is admitted',
  },
  {
    says: 'kube-network-policies, of a packet that is not known',
    lines: ['inet kube-network-policies postrouting@postrouting/95: queue to 100 -> queue'],
    packet: null,
    wanted: { program: 'kube-network-policies', reason: 'queue' },
  },
  {
    says: 'antrea, a policy for nodes',
    lines: [
      'ip filter ANTREA-POL-INGRESS-RULES: counter jump ANTREA-POL-INGRESSRULE1 comment "Antrea: for rule ingressRule1, policy AntreaClusterNetworkPolicy:keep-out" -> jump ANTREA-POL-INGRESSRULE1',
      'ip filter ANTREA-POL-INGRESSRULE1: tcp dport 8080 counter drop -> drop',
    ],
    wanted: { program: 'antrea', object: { kind: 'AntreaClusterNetworkPolicy', name: 'keep-out' }, reason: 'policy' },
  },
  {
    says: 'antrea, without a comment',
    lines: ['ip filter ANTREA-POL-INGRESSRULE1: tcp dport 8080 counter drop -> drop'],
    wanted: { program: 'antrea', reason: 'policy' },
  },
  {
    says: 'an enforcer that nobody knows, by the pod that its rules name',
    lines: [
      'inet house forward@forward/0: ip daddr 10.244.2.12 jump into_web -> jump into_web',
      'inet house into_web: counter drop -> drop',
    ],
    wanted: { program: 'unknown', object: ALLOW, reason: 'policy', isStale: false },
    means: 'nobody whom kprobe knows; policies isolate pod shop/web-2 for ingress',
  },
  {
    says: 'a rule of nobody known about a pod that policies leave open',
    lines: ['inet house forward@forward/0: ip daddr 10.244.2.12 tcp dport 8080 drop -> drop'],
    world: { pods: [web, client] },
    wanted: { program: 'unknown', reason: 'firewall', isStale: false },
    means: 'it names pod shop/web-2, which by the API is open to this packet',
  },
  {
    says: 'a rule of nobody known about everybody, while policies deny the packet too',
    lines: ['inet house forward@forward/0: tcp dport 8080 drop -> drop'],
    wanted: { program: 'unknown', reason: 'firewall', isStale: false },
  },
  {
    says: 'cilium, outside of eBPF',
    lines: ['ip filter CILIUM_INPUT: counter drop -> drop'],
    wanted: { program: 'cilium', reason: 'firewall' },
    means: 'eBPF',
  },
];

test.for(CASES)('$says', ({ lines, world: here = world, packet = flow(), wanted, means = '' }) => {
  const owner = ownerOf(steps(...lines), cluster(here), packet);
  expect(owner).toMatchObject(wanted);
  expect(owner.object === undefined).toBe(!('object' in wanted));
  expect(owner.means).toContain(means);
});

describe('what to do about it', () => {
  const fixOf = (lines: readonly string[], here: Partial<Cluster>, packet = flow()) => {
    const all = cluster(here);
    const way = steps(...lines);
    return packetRuleFix({ cluster: all, ownership: ownerOf(way, all, packet), steps: way, flow: packet });
  };

  test('the client is admitted by a policy beside the one at fault', () => {
    const fix = fixOf([INTO, END], world);
    expect(fix?.manifest).toContain('kind: NetworkPolicy');
    expect(fix?.manifest).toContain('app: client');
    expect(fix?.manifest).toContain('port: 8080');
  });

  test('and let out where its own policies keep it in', () => {
    const fix = fixOf([OUT_OF, END], { ...world, networkPolicies: [outward] });
    expect(fix?.manifest).toContain('Egress');
  });

  test('after a translation it is the pod that counts, not the Service', () => {
    const dnat =
      'ip kube-proxy endpoint-AAAAAAAA-shop/web/tcp/http__10.244.2.12/8080: meta l4proto tcp dnat to 10.244.2.12:8080 -> accept';
    const fix = fixOf([dnat, INTO, END], world, flow({ destination: '10.96.0.80', destinationPort: 80 }));
    expect(fix?.manifest).toContain('port: 8080');
  });

  test('a node without the API’s rules is looked at, and no policy is added', () => {
    const fix = fixOf([INTO, END], { pods: [web, client] });
    expect(fix).toMatchObject({ manifest: null, says: expect.stringContaining('restart it there') });
  });

  test('a client that has no labels is named by its address', () => {
    const fix = fixOf([INTO, END], world, flow({ source: '192.0.2.7' }));
    expect(fix).toMatchObject({
      manifest: null,
      says: 'Admit 192.0.2.7 in NetworkPolicy shop/allow-ingress, or in a policy beside it.',
    });
  });
});

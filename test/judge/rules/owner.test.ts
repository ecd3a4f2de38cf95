/** Silent cases first: a rule that stops nothing is no cause, and a rule of nobody known is quoted and given to nobody. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packetRuleFix } from '../../../src/judge/fixes/packet-rule.ts';
import { ownerOf } from '../../../src/judge/rules/owner.ts';
import type { TraceStep } from '../../../src/model/packet-trace.ts';
import { cluster, pod, policy, service, slice } from '../make.ts';
import { flow, steps } from './steps.ts';

describe('nobody is blamed', () => {
  test('where no rule was seen', () => {
    expect(ownerOf([], cluster())).toMatchObject({ program: 'unknown', reason: 'passes', isStale: false });
  });

  test.for([
    [
      'kube-proxy',
      'ip kube-proxy endpoint-AAAAAAAA-shop/web/tcp/http__10.244.2.12/8080: dnat to 10.244.2.12:8080 -> accept',
    ],
    ['kube-proxy', 'ip filter KUBE-FORWARD: meta mark & 0x00004000 == 0x00004000 counter accept -> accept'],
    ['kube-router', 'ip filter KUBE-ROUTER-FORWARD: meta mark & 0x00020000 == 0x00020000 counter accept -> accept'],
    [
      'calico',
      'ip calico filter-FORWARD: counter accept comment "cali:abc; Policy explicitly accepted packet." -> accept',
    ],
    ['flannel', 'ip filter FLANNEL-FWD: ip saddr 10.244.0.0/16 counter accept -> accept'],
    ['flannel', 'ip flannel-ipv4 postrtg: ip saddr 10.244.0.0/16 ip daddr != 224.0.0.0/4 masquerade -> accept'],
    ['cilium', 'ip filter CILIUM_FORWARD: iifname "lxc*" counter accept -> accept'],
    ['antrea', 'ip filter ANTREA-FORWARD: iifname "antrea-gw0" counter accept -> accept'],
    ['firewalld', 'inet firewalld filter_FORWARD: ct state established,related accept -> accept'],
    ['ufw', 'ip filter ufw-before-forward: ct state established,related counter accept -> accept'],
    ['docker', 'ip filter DOCKER-FORWARD: iifname "docker0" counter accept -> accept'],
    ['kindnet', 'ip nat KIND-MASQ-AGENT: counter masquerade -> accept'],
    ['kube-network-policies', 'inet kube-network-policies postrouting: meta skuid 0 accept -> accept'],
    ['unknown', 'inet house forward: tcp dport 8080 accept -> accept'],
  ] as const)('where %s lets it on', ([program, line]) => {
    const way = steps(line);
    const owner = ownerOf(way, cluster(), flow());
    expect(owner).toMatchObject({ program, reason: 'passes', isStale: false });
    expect(packetRuleFix({ cluster: cluster(), ownership: owner, steps: way, flow: flow() })).toBeNull();
  });

  test('where the packet came to the end of a chain that lets it on', () => {
    const owner = ownerOf(steps('ip nat POSTROUTING@postrouting/100: -> accept'), cluster(), flow());
    expect(owner).toMatchObject({ program: 'unknown', reason: 'passes', means: 'no rule stopped it' });
  });

  test('nor the chains that a rule of somebody else stands beside', () => {
    const way = steps(
      'ip filter FORWARD@forward/0: counter jump KUBE-ROUTER-FORWARD -> jump KUBE-ROUTER-FORWARD',
      'ip filter FORWARD@forward/0: counter jump DOCKER-USER -> jump DOCKER-USER',
      'ip filter FORWARD@forward/0: tcp dport 8080 counter drop -> drop',
    );
    expect(ownerOf(way, cluster(), flow())).toMatchObject({
      program: 'unknown',
      reason: 'firewall',
      means: expect.stringContaining(
        '“tcp dport 8080 counter drop” in chain FORWARD of table ip filter (hook forward, priority 0)',
      ),
    });
  });

  test.for([
    'KUBERNETES-LIKE',
    'KUBE-SVC-',
    'calico-mine',
    'cali',
    'DOCKERS',
    'ufw',
    'CILIUM',
    'MYIN_public',
    'service-x',
  ])('for a chain that is only called alike: %s', (chain) => {
    expect(ownerOf(steps(`ip house ${chain}: counter drop -> drop`), cluster(), flow())).toMatchObject({
      program: 'unknown',
      reason: 'firewall',
    });
  });
});

test('the default of a common chain is its setter’s, by the chains that it has there; of nobody without them', () => {
  const drop = 'ip filter FORWARD@forward/0: -> drop';
  const jump = (chain: string) => `ip filter FORWARD@forward/0: counter jump ${chain} -> jump ${chain}`;
  expect(ownerOf(steps(drop), cluster()).program).toBe('unknown');
  expect(ownerOf(steps(drop), cluster()).means).toContain('the default of chain FORWARD');
  expect(ownerOf(steps(jump('DOCKER-USER'), drop), cluster()).program).toBe('docker');
  expect(ownerOf(steps(jump('DOCKER-USER'), jump('ufw-before-forward'), drop), cluster()).program).toBe('ufw');
  expect(ownerOf(steps(jump('KUBE-FORWARD'), drop), cluster()).program).toBe('unknown');
  expect(ownerOf(steps('inet house forward@forward/10: -> drop'), cluster()).means).toBe(
    'the default of chain forward of table inet house (hook forward, priority 10) stops it, and is of nobody whom kprobe knows',
  );
});

test('a rule that nft knows by its handle only is not taken for the default', () => {
  const jump = 'ip filter FORWARD@forward/0: counter jump DOCKER-USER -> jump DOCKER-USER';
  const [drop] = steps('ip filter FORWARD@forward/0: -> drop');
  const owner = ownerOf([...steps(jump), { ...drop!, handle: 12 }], cluster());
  expect(owner).toMatchObject({
    program: 'unknown',
    means: expect.stringContaining('the rule with handle 12 in chain FORWARD'),
  });
});

test('a long rule is quoted by its beginning', () => {
  const { means } = ownerOf(steps(`inet house x: ${'ip saddr 10.0.0.1 '.repeat(40)}drop -> drop`), cluster());
  expect(means.length).toBeLessThan(300);
  expect(means).toContain('…”');
});

/** Pieces that rules and chains are made of, and anything else. */
const piece = fc.constantFrom(
  ...[
    'KUBE-',
    'POD-FW-',
    'NWPLCY-',
    'SVC-',
    'FIREWALL',
    'cali-',
    'tw-',
    'pi-',
    '_',
    '/',
    'knp',
    '.',
    'service-',
    'AAAAAAAA-',
    '...',
  ],
  ...[
    'DOCKER',
    '-USER',
    'ufw-',
    'IN_',
    'FWD_',
    'filter_',
    'public',
    'ANTREA-POL-',
    'CILIUM_',
    'reject',
    'drop',
    ' ',
    '"',
    '\\',
    '(',
  ],
  ...[
    'comment "',
    'cali:',
    'shop/web:http',
    ' has no endpoints',
    'dnat to ',
    '10.0.0.1',
    ':',
    '[::1]',
    'ip daddr ',
    'dport ',
    '80',
    '99999',
  ],
);
const text = fc.oneof(
  fc.string(),
  fc.array(piece, { maxLength: 8 }).map((all) => all.join('')),
);
const anyStep: fc.Arbitrary<TraceStep> = fc.record(
  {
    family: fc.constantFrom('ip' as const, 'ip6', 'inet', 'bridge', 'netdev', 'arp'),
    table: fc.oneof(fc.constantFrom('kube-proxy', 'calico', 'filter', 'firewalld', 'kindnet-network-policies'), text),
    chain: text,
    hook: fc.constantFrom('forward', 'input'),
    priority: fc.integer(),
    rule: text,
    verdict: fc.constantFrom('accept' as const, 'drop', 'reject', 'queue', 'continue', 'jump', 'goto', 'return'),
    target: text,
  },
  { requiredKeys: ['family', 'table', 'chain', 'verdict'] },
);

test('no name of a chain and no text of a rule makes it fail, or say nothing', () => {
  const web = pod({ name: 'web-2', node: 'worker-2' });
  const client = pod({ name: 'client-1', labels: { app: 'client' } });
  const world = cluster({
    pods: [web, client],
    services: [service()],
    endpointSlices: [slice({ pods: [web] })],
    networkPolicies: [policy()],
  });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 6 }), fc.option(fc.constant(flow())), (way, packet) => {
      const owner = ownerOf(way, world, packet);
      expect(owner.means).not.toBe('');
      expect(owner.means).not.toMatch(/undefined|null\b|\[object/);
      const fix =
        packet === null ? null : packetRuleFix({ cluster: world, ownership: owner, steps: way, flow: packet });
      expect(fix !== null).toBe(packet !== null && owner.reason !== 'passes');
    }),
    { numRuns: 500, seed: 20_260_101 },
  );
});

/** Firewalls outside Kubernetes, as their Debian packages write them (names made up). */
import { expect, test } from 'vitest';
import { packetRuleFix } from '../../../src/judge/fixes/packet-rule.ts';
import { ownerOf } from '../../../src/judge/rules/owner.ts';
import { cluster } from '../make.ts';
import { flow, steps } from './steps.ts';

const ZONE = [
  'inet firewalld filter_FORWARD@forward/10: jump filter_FORWARD_POLICIES -> jump filter_FORWARD_POLICIES',
  'inet firewalld filter_FORWARD_POLICIES: iifname "eth1" jump filter_FWD_shopnet -> jump filter_FWD_shopnet',
];
const REJECT = 'reject with icmpx admin-prohibited -> drop';

test.for([
  ['firewalld', 'firewall', 'zone public of firewalld', ['inet firewalld filter_IN_public: ' + REJECT]],
  ['firewalld', 'firewall', 'zone drop of firewalld', ['inet firewalld filter_IN_drop_deny: drop -> drop']],
  ['firewalld', 'firewall', 'zone shopnet of firewalld', [...ZONE, 'inet firewalld filter_FWD_shopnet: ' + REJECT]],
  ['firewalld', 'firewall', 'no zone of firewalld', ['inet firewalld filter_FORWARD@forward/10: ' + REJECT]],
  ['firewalld', 'invalid-state', 'INVALID', ['inet firewalld filter_FORWARD: ct state invalid drop -> drop']],
  [
    'firewalld',
    'reverse-path',
    'interface',
    ['inet firewalld mangle_PREROUTING: meta nfproto ipv6 fib saddr . mark . iif oif missing drop -> drop'],
  ],
  ['firewalld', 'firewall', 'zone public', ['ip filter IN_public: counter reject -> drop']],
  [
    'firewalld',
    'firewall',
    'firewalld',
    [
      'ip filter FORWARD@forward/0: counter jump FORWARD_IN_ZONES -> jump FORWARD_IN_ZONES',
      'ip filter FORWARD@forward/0: counter reject -> drop',
    ],
  ],
  ['firewalld', 'firewall', 'zone drop of firewalld', ['inet firewalld filter_FWD_drop: drop -> drop']],
  [
    'firewalld',
    'firewall',
    'zone public of firewalld',
    ['inet firewalld filter_IN_public_deny: ip saddr 10.244.2.12 tcp dport 7001 reject -> reject'],
  ],
  ['ufw', 'firewall', 'no rule that was given', ['ip filter ufw-reject-forward: counter reject -> drop']],
  ['ufw', 'firewall', 'a rule that was given', ['ip filter ufw-user-forward: tcp dport 8080 counter drop -> drop']],
  ['ufw', 'invalid-state', 'INVALID', ['ip filter ufw-before-input: ct state invalid counter drop -> drop']],
  [
    'ufw',
    'firewall',
    'no rule',
    [
      'ip filter INPUT@input/0: counter jump ufw-before-input -> jump ufw-before-input',
      'ip filter INPUT@input/0: -> drop',
    ],
  ],
  ['docker', 'firewall', 'DOCKER-USER', ['ip filter DOCKER-USER: iifname "eth0" counter drop -> drop']],
  ['docker', 'firewall', 'apart', ['ip filter DOCKER-ISOLATION-STAGE-2: oifname "docker0" counter drop -> drop']],
  ['docker', 'firewall', 'published', ['ip docker-bridges filter-forward-in__docker0: drop -> drop']],
  [
    'docker',
    'firewall',
    'published',
    ['ip raw PREROUTING@prerouting/-300: ip daddr 172.17.0.2 iifname != "docker0" counter drop -> drop'],
  ],
  [
    'docker',
    'firewall',
    'nothing is forwarded',
    [
      'ip filter FORWARD@forward/0: counter jump DOCKER-USER -> jump DOCKER-USER',
      'ip filter FORWARD@forward/0: -> drop',
    ],
  ],
  ['flannel', 'firewall', 'somebody', ['ip filter FLANNEL-FWD: ip daddr 10.244.0.0/16 counter drop -> drop']],
] as const)('%s: %s, %s', ([program, reason, means, lines]) => {
  const way = steps(...lines);
  const here = cluster();
  const owner = ownerOf(way, here, flow());
  expect(owner).toMatchObject({ program, reason, isStale: false });
  expect(owner.means).toContain(means);
  expect(packetRuleFix({ cluster: here, ownership: owner, steps: way, flow: flow() })?.says).toContain('worker-2');
});

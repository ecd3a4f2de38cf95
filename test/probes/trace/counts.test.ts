import { expect, test } from 'vitest';
import { ciliumCounts, movedSince, nftCounts, savedCounts } from '../../../probes/trace/counts.ts';

test('of iptables-save: rules that stop packets, by table, and chains that do so by default', () => {
  const text = [
    '*filter',
    ':INPUT ACCEPT [7:700]',
    ':FORWARD DROP [3:180]',
    ':KUBE-FIREWALL - [0:0]',
    '[5:300] -A FORWARD -p tcp -m tcp --dport 8095 -j DROP',
    '[9:540] -A FORWARD -j KUBE-FORWARD',
    '[1:60] -A INPUT -p tcp -m comment --comment "drop it" -j ACCEPT',
    '[2:120] -A KUBE-FIREWALL -j REJECT --reject-with icmp-port-unreachable',
    'COMMIT',
  ].join('\n');
  expect([...savedCounts(text, 'ip')]).toEqual([
    ['ip filter: default of FORWARD, DROP', 3],
    ['ip filter: -A FORWARD -p tcp -m tcp --dport 8095 -j DROP', 5],
    ['ip filter: -A KUBE-FIREWALL -j REJECT --reject-with icmp-port-unreachable', 2],
  ]);
});

test('of nft: rules with a counter that drop, reject or queue; no word of a comment counts', () => {
  const text = [
    'table inet site { # handle 1',
    '\tchain fwd { # handle 2',
    '\t\ttype filter hook forward priority 10; policy accept;',
    '\t\ttcp dport 22 drop # handle 3',
    '\t\ttcp dport 8080 counter packets 4 bytes 240 drop # handle 4',
    '\t\tcounter packets 9 bytes 9 accept comment "drop nothing" # handle 5',
    '\t}',
    '}',
  ].join('\n');
  expect([...nftCounts(text)]).toEqual([['inet site fwd: tcp dport 8080 counter drop', 4]]);
});

test("of Cilium's metrics: drops by reason and direction", () => {
  const text = [
    '# HELP cilium_drop_count_total Total dropped packets',
    'cilium_drop_count_total{direction="INGRESS",reason="Policy denied"} 12',
    'cilium_drop_count_total{reason="Stale or unroutable IP",direction="EGRESS"} 1',
    'cilium_drop_bytes_total{direction="INGRESS",reason="Policy denied"} 900',
  ].join('\n');
  expect([...ciliumCounts(text)]).toEqual([
    ['Policy denied (ingress)', 12],
    ['Stale or unroutable IP (egress)', 1],
  ]);
});

test('what moved since, most first; a counter that began anew counts from nothing', () => {
  const before = new Map([
    ['a', 5],
    ['b', 9],
    ['c', 1],
  ]);
  const now = new Map([
    ['a', 6],
    ['b', 2],
    ['c', 1],
    ['d', 4],
  ]);
  expect(movedSince(before, now)).toEqual([
    { rule: 'd', packets: 4 },
    { rule: 'b', packets: 2 },
    { rule: 'a', packets: 1 },
  ]);
});

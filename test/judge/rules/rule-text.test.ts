/** Texts of rules as nft and iptables-save print them. */
import { expect, test } from 'vitest';
import { addressIn, commentOf, portIn, translationIn } from '../../../src/judge/rules/rule-text.ts';

test.for([
  ['counter drop', null],
  ['counter drop comment "shop/web in"', 'shop/web in'],
  ['-A X -m comment --comment "\\"rule to drop invalid state\\"" -j DROP', 'rule to drop invalid state'],
  ['-A X -m comment --comment short -j DROP', 'short'],
  ['counter jump X /* cali:abc */', 'cali:abc'],
] as const)('comment of %s', ([rule, comment]) => {
  expect(commentOf(rule)).toBe(comment);
});

test.for([
  ['ip daddr 10.0.0.1 drop', '10.0.0.1'],
  ['ip daddr 10.0.0.1/32 drop', '10.0.0.1'],
  ['ip6 daddr fd00::1 drop', 'fd00::1'],
  ['-A X -d 10.0.0.1/32 -j DROP', '10.0.0.1'],
  ['-d 10.0.0.1/32 -j DROP', '10.0.0.1'],
  ['-A X ! -d 10.0.0.1/32 -j DROP', null],
  ['ip daddr != 10.0.0.1 drop', null],
  ['ip daddr 10.0.0.0/16 drop', null],
  ['ip daddr @some drop', null],
  ['ip daddr { 10.0.0.1, 10.0.0.2 } drop', null],
  ['ip saddr 10.0.0.1 drop', null],
] as const)('destination in %s', ([rule, address]) => {
  expect(addressIn(rule, 'daddr')).toBe(address);
});

test.for([
  ['tcp dport 80 drop', 80],
  ['-p tcp --dport 80 -j DROP', 80],
  ['tcp dport 30000-32767 drop', null],
  ['tcp dport { 80, 443 } drop', null],
  ['tcp sport 80 drop', null],
] as const)('port in %s', ([rule, port]) => {
  expect(portIn(rule)).toBe(port);
});

test.for([
  ['meta l4proto tcp dnat to 10.0.0.1:8080', { address: '10.0.0.1', port: 8080 }],
  ['dnat ip to 10.0.0.1', { address: '10.0.0.1', port: null }],
  ['meta l4proto tcp dnat to [fd00::1]:8080', { address: 'fd00::1', port: 8080 }],
  ['-j DNAT --to-destination 10.0.0.1:8080', { address: '10.0.0.1', port: 8080 }],
  ['dnat to @map', null],
  ['counter accept', null],
] as const)('translation in %s', ([rule, translation]) => {
  expect(translationIn(rule)).toEqual(translation);
});

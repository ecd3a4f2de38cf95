import { expect, test } from 'vitest';
import { ownRules, ownTable } from '../../../probes/trace/table.ts';
import type { KnownFlow } from '../../../probes/trace/known-flow.ts';

const order = { table: 'kprobe-1a2b', flows: [], packetsPerSecond: 20, mostPackets: 24 };
const flow: KnownFlow = {
  index: 0,
  protocol: 'tcp',
  sourcePorts: { first: 61_000, count: 8 },
  sources: ['10.244.1.5', 'fd00::5'],
  targets: [{ address: '10.244.2.7', port: 8080 }],
};

test('the table dies with its owner, decides nothing, and stands in one line', () => {
  const text = ownTable({ table: 'kprobe-1a2b', flows: [] });
  expect(text).toMatch(/^add table inet kprobe-1a2b \{ flags owner; chain /);
  expect(text).not.toMatch(/\n|drop|reject|policy (?!accept)/);
  expect(text.match(/policy accept/g)).toHaveLength(5);
});

test('only packets of the run are tagged, there and back, and not more than so many a second', () => {
  const rules = ownRules(order, [flow]).split('; ');
  expect(rules.filter((rule) => rule.startsWith('add rule inet kprobe-1a2b flows '))).toEqual([
    'add rule inet kprobe-1a2b flows ip saddr { 10.244.1.5 } ip daddr { 10.244.2.7 } tcp sport 61000-61007 tcp dport 8080 limit rate 20/second burst 20 packets meta nftrace set 1',
    'add rule inet kprobe-1a2b flows ip saddr { 10.244.2.7 } ip daddr { 10.244.1.5 } tcp sport 8080 tcp dport 61000-61007 limit rate 20/second burst 20 packets meta nftrace set 1',
  ]);
});

test('other packets are looked at once, for their port, however many flows there are', () => {
  const many = Array.from({ length: 10 }, (_, index) => ({
    ...flow,
    index,
    targets: [{ address: `10.244.2.${index}`, port: 8000 + index }],
  }));
  const gates = ownRules(order, many)
    .split('; ')
    .filter((rule) => /^add rule \S+ \S+ (?:arrived|sent) /.test(rule));
  expect(gates).toEqual(
    ['arrived', 'sent'].flatMap((chain) => [
      `add rule inet kprobe-1a2b ${chain} tcp dport { ${many.map(({ index }) => 8000 + index).join(', ')}, 61000-61007 } jump flows`,
      `add rule inet kprobe-1a2b ${chain} udp dport { 4789, 6081, 8472 } goto overlay`,
    ]),
  );
});

test('no port stands twice in a set, which nft would refuse', () => {
  const targets = [{ address: '10.244.2.7', port: 61_003 }];
  const text = ownRules(order, [flow, { ...flow, index: 1, sourcePorts: { first: 61_006, count: 8 }, targets }]);
  expect(text).toContain('tcp dport { 8080, 61000-61013 } jump flows');
});

test('what was tagged before is not tagged any more', () => {
  const rules = ownRules(order, [flow]).split('; ');
  const flushed = rules.flatMap((rule) => /^flush chain inet kprobe-1a2b (\S+)$/.exec(rule)?.[1] ?? []);
  const added = rules.flatMap((rule) => /^add rule inet kprobe-1a2b (\S+) /.exec(rule)?.[1] ?? []);
  expect(new Set(added)).toEqual(new Set(flushed));
});

test('a Service and the endpoints that it may lead to, by port; the same flow of two paths once', () => {
  const targets = [
    { address: '10.96.0.80', port: 80 },
    { address: '10.244.2.7', port: 8080 },
    { address: '10.244.3.7', port: 8080 },
  ];
  const rules = ownRules(order, [
    { ...flow, targets },
    { ...flow, targets },
  ]);
  expect(rules.match(/daddr \{ 10\.96\.0\.80 \} tcp sport 61000-61007 tcp dport 80 /g)).toHaveLength(1);
  expect(rules.match(/daddr \{ 10\.244\.2\.7, 10\.244\.3\.7 \}/g)).toHaveLength(1);
});

test('IPv6 has its own words, and families do not mix', () => {
  const rules = ownRules(order, [{ ...flow, protocol: 'udp', targets: [{ address: 'fd00::7', port: 53 }] }]);
  expect(rules).toContain('ip6 saddr { fd00::5 } ip6 daddr { fd00::7 } udp sport 61000-61007 udp dport 53');
  expect(rules).not.toContain('ip saddr');
});

test('what an overlay wraps them in is tagged by what is in it, and told by the chain that it is sent to', () => {
  const rules = ownRules(order, [{ ...flow, index: 3 }]).split('; ');
  const tag = 'limit rate 20/second burst 20 packets meta nftrace set 1';
  expect(rules).toContain(`add rule inet kprobe-1a2b outer3 ${tag}`);
  expect(rules).toContain(`add rule inet kprobe-1a2b outer3_back ${tag}`);
  // Bits after the outer UDP header: EtherType, protocol, addresses and ports of the inner packet.
  expect(rules).toContain(
    'add rule inet kprobe-1a2b overlay @th,224,16 2048 @th,312,8 6 @th,336,32 { 0x0af40105 } @th,368,32 { 0x0af40207 } @th,400,16 61000-61007 @th,416,16 8080 goto outer3',
  );
  expect(rules.filter((rule) => rule.includes('goto outer3'))).toHaveLength(2);
  expect(
    ownTable({
      table: 'kprobe-1a2b',
      flows: [
        { path: 'a', protocol: 'tcp', sourcePorts: flow.sourcePorts, from: { agent: 'x', addresses: [] }, to: [] },
      ],
    }),
  ).toContain('chain outer0 { }; chain outer0_back { };');
});

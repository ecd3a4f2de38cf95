/** Lines as nft 1.0.6 printed them on Linux 6.18, but for ids and what precedes them. */
import { expect, test } from 'vitest';
import { readTrace } from '../../../src/judge/traces/read-trace.ts';

const OWN = 'kprobe-x';
const head = (chain: string, more = '') =>
  `${chain} packet: iif "va" ${more}ether saddr b6:cb:bc:d3:e1:f7 ether daddr e6:4d:a5:71:78:57 ip saddr 10.0.1.2 ip daddr 10.0.2.2 ip dscp cs0 ip ecn not-ect ip ttl 64 ip id 41742 ip protocol tcp ip length 60 tcp sport 61001 tcp dport 8080 tcp flags == syn tcp window 64240`;
const ARRIVED = [
  head(`inet ${OWN} arrived`),
  `inet ${OWN} arrived rule ip saddr 10.0.1.2 ip daddr { 10.0.2.2, 10.96.0.1 } tcp sport 61000-61007 tcp dport { 80, 8080 } limit rate 20/second burst 20 packets meta nftrace set 1 # handle 8 (verdict continue)`,
  `inet ${OWN} arrived policy accept`,
];
const FORWARDED = [head(`inet ${OWN} forwarded`, 'oif "vb" '), `inet ${OWN} forwarded policy accept`];
const LEFT = [head(`inet ${OWN} left`, 'oif "vb" '), `inet ${OWN} left policy accept`];
const CHAINS = [
  { family: 'inet', table: OWN, chain: 'arrived', hook: 'prerouting', priority: -100_000 },
  { family: 'inet', table: OWN, chain: 'forwarded', hook: 'forward', priority: -100_000 },
  { family: 'ip', table: 'faults', chain: 'forward', hook: 'forward', priority: -300 },
  { family: 'ip', table: 'filter', chain: 'forward', hook: 'forward', priority: 0 },
];
const read = (lines: readonly string[]) => readTrace({ lines }, { node: 'n', chains: CHAINS, ownTable: OWN });

test('whose packet it is; our own chains are no steps, and show that it went through', () => {
  expect(read([...ARRIVED, ...FORWARDED, ...LEFT])).toEqual({
    trace: {
      node: 'n',
      protocol: 'tcp',
      source: '10.0.1.2',
      sourcePort: 61_001,
      destination: '10.0.2.2',
      destinationPort: 8080,
      steps: [],
      end: 'passed',
    },
    lastHook: 'forward',
  });
});

test('another tracer at work on the node is no rule of the way', () => {
  const other = [
    head('inet kprobe-7f9ba258 arrived'),
    'inet kprobe-7f9ba258 arrived rule tcp dport { 8080, 61000-61007 } jump flows # handle 9 (verdict jump flows)',
    'inet kprobe-7f9ba258 arrived policy accept',
  ];
  expect(read([...ARRIVED, ...other, ...FORWARDED])?.trace).toMatchObject({ steps: [], end: 'unseen' });
  const alike = 'inet kprobe-guard input rule tcp dport 8080 drop # handle 4 (verdict drop)';
  expect(read([...ARRIVED, alike])?.trace).toMatchObject({ steps: [{ table: 'kprobe-guard' }], end: 'dropped' });
});

test('a rule that drops, with its hook, priority, handle and text', () => {
  const rule = 'ip daddr 10.244.2.0/24 tcp flags syn / syn,ack tcp dport 8095 counter packets 306 bytes 18360 drop';
  const traced = read([
    ...ARRIVED,
    ...FORWARDED,
    head('ip faults forward'),
    `ip faults forward rule ${rule} # handle 3 (verdict drop)`,
  ]);
  expect(traced?.trace).toMatchObject({
    end: 'dropped',
    steps: [
      {
        family: 'ip',
        table: 'faults',
        chain: 'forward',
        hook: 'forward',
        priority: -300,
        handle: 3,
        rule,
        verdict: 'drop',
      },
    ],
  });
});

test('jumps, gotos and returns to a chain whose default drops', () => {
  const steps = [
    'ip filter forward rule tcp dport 8080 jump pods # handle 4 (verdict jump pods)',
    'ip filter pods rule goto more # handle 6 (verdict goto more)',
    'ip filter more unknown rule handle 7 (verdict return)',
    'ip filter forward policy drop',
  ];
  expect(read([...ARRIVED, ...FORWARDED, head('ip filter forward'), ...steps])?.trace).toMatchObject({
    end: 'dropped',
    steps: [
      { chain: 'forward', handle: 4, verdict: 'jump', target: 'pods' },
      { chain: 'pods', handle: 6, verdict: 'goto', target: 'more' },
      { chain: 'more', handle: 7, verdict: 'return' },
      { chain: 'forward', hook: 'forward', priority: 0, verdict: 'drop' },
    ],
  });
});

test.for<[string, 'rejected' | 'dropped']>([
  ['tcp dport 8080 reject with icmp type admin-prohibited', 'rejected'],
  ['meta l4proto tcp tcp dport 8080 counter packets 1 bytes 60 reject', 'rejected'],
  ['meta l4proto tcp xt match "comment" counter packets 1 bytes 60 xt target "REJECT"', 'rejected'],
  ['tcp dport 8080 counter drop comment "site rule 7: reject"', 'dropped'],
])('%s: %s', ([rule, end]) => {
  expect(read([...ARRIVED, `ip filter forward rule ${rule} # handle 2 (verdict drop)`])?.trace.end).toBe(end);
});

test('to user space, and not back', () => {
  const lines = [...ARRIVED, 'ip filter forward rule queue to 100 # handle 2 (verdict queue)'];
  expect(read(lines)?.trace.end).toBe('queued');
  expect(read([...lines, ...LEFT])?.trace.end).toBe('passed');
});

test('seen before routing and never again: no rule of anybody', () => {
  expect(read(ARRIVED)).toMatchObject({ trace: { end: 'unseen' }, lastHook: 'prerouting' });
});

test('IPv6 and UDP', () => {
  const line = `inet ${OWN} sent packet: oif "eth0" ip6 saddr fd00::5 ip6 daddr fd00::7 ip6 dscp cs0 ip6 ecn not-ect ip6 hoplimit 64 ip6 flowlabel 0 ip6 nexthdr udp ip6 length 40 udp sport 61002 udp dport 53 udp length 40 udp checksum 0`;
  expect(read([line])?.trace).toMatchObject({
    protocol: 'udp',
    source: 'fd00::5',
    destination: 'fd00::7',
    destinationPort: 53,
  });
});

test('lines that are not understood are passed over; without the packet itself there is none', () => {
  expect(read(['', 'nonsense', 'inet a b verdict maybe'])).toBeNull();
  expect(read([...ARRIVED, 'ip filter forward rule tcp dport 1 # handle 2 (verdict sometimes)'])?.trace.steps).toEqual(
    [],
  );
});

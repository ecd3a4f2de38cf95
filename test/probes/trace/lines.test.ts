import { expect, test } from 'vitest';
import { PacketLines } from '../../../probes/trace/lines.ts';

const TABLE = 'kprobe-x';
const flows = ['a', 'b'].map((path, index) => ({
  path,
  protocol: 'tcp' as const,
  sourcePorts: { first: 61_000 + 8 * index, count: 8 },
  from: { agent: 'x', addresses: [] },
  to: [],
}));
const begin = (id: string, from: number, to = 8080) =>
  `trace id ${id} inet ${TABLE} arrived packet: iif "va" ip saddr 10.0.1.2 ip daddr 10.0.2.2 tcp sport ${from} tcp dport ${to} tcp flags == syn `;
const end = (id: string) => `trace id ${id} inet ${TABLE} left policy accept `;

function told(lines: readonly string[], takeAtMs: number): ReturnType<PacketLines['take']> {
  const packets = new PacketLines({ table: TABLE, flows });
  for (const [index, line] of lines.entries()) packets.add(line, index);
  return packets.take(takeAtMs);
}

test('a packet is told once its lines have stopped, by the path that has its source port', () => {
  expect(told([begin('1', 61_000), end('1')], 100)).toEqual([]);
  expect(told([begin('1', 61_009), end('1')], 1000)).toEqual([
    {
      path: 'b',
      isAnswer: false,
      lines: [expect.stringMatching(/^inet kprobe-x arrived packet: .*syn$/), `inet ${TABLE} left policy accept`],
    },
  ]);
});

test('it waits while a packet has been begun and not been taken', () => {
  const packets = new PacketLines({ table: TABLE, flows });
  packets.add('add rule inet x y', 0);
  expect(packets.isWaiting).toBe(false);
  packets.add(begin('1', 61_000), 0);
  expect(packets.isWaiting).toBe(true);
  packets.take(100);
  expect(packets.isWaiting).toBe(true);
  packets.take(1000);
  expect(packets.isWaiting).toBe(false);
});

test('an answer goes to such a port', () => {
  expect(told([begin('1', 8080, 61_001)], 1000)).toMatchObject([{ path: 'a', isAnswer: true }]);
});

test('lines of several packets are kept apart', () => {
  const lines = [begin('1', 61_000), begin('2', 61_008), end('1'), end('2')];
  expect(told(lines, 1000).map(({ path, lines: own }) => [path, own.length])).toEqual([
    ['a', 2],
    ['b', 2],
  ]);
});

test('an id that comes again is another packet, also at once', () => {
  expect(told([begin('1', 61_000), end('1'), begin('1', 61_001), end('1')], 1000)).toHaveLength(2);
});

const sender = (from: number, number: number) =>
  `ip saddr 10.0.1.2 ip daddr 10.0.2.2 ip id ${number} tcp sport ${from}`;
const before = (id: string, from: number, number: number) =>
  `trace id ${id} inet ${TABLE} flows packet: iif "cni0" ${sender(from, number)} tcp dport 80 `;
const after = (id: string, from: number, number: number) =>
  `trace id ${id} inet ${TABLE} forwarded packet: iif "cni0" ${sender(from, number)} tcp dport 8080 `;

test('a packet that comes through a bridge goes on under another id', () => {
  const lines = told([before('1', 61_000, 7), after('2', 61_000, 7), end('2')], 1000);
  expect(lines.map((packet) => packet.lines.length)).toEqual([3]);
  // Kernels number the packets of connections as they like: two at once are told by their ports, two of one connection by the number.
  const two = [before('1', 61_000, 7), before('2', 61_001, 7), before('3', 61_000, 8)];
  const apart = told([...two, after('4', 61_000, 7), end('4'), after('5', 61_000, 8), after('6', 61_001, 7)], 1000);
  expect(apart.map((packet) => packet.lines.map((text) => /sport.*$/.exec(text)?.[0] ?? 'end'))).toEqual([
    ['sport 61000 tcp dport 80', 'sport 61000 tcp dport 8080', 'end'],
    ['sport 61000 tcp dport 80', 'sport 61000 tcp dport 8080'],
    ['sport 61001 tcp dport 80', 'sport 61001 tcp dport 8080'],
  ]);
});

test('what begins where packets begin is another, whatever its number', () => {
  expect(told([before('1', 61_000, 0), before('2', 61_000, 0)], 1000)).toHaveLength(2);
  // IPv6 has no numbers.
  const six = (id: string, chain: string) =>
    `trace id ${id} inet ${TABLE} ${chain} packet: iif "cni0" ip6 saddr fd00::1 ip6 daddr fd00::2 tcp sport 61000 tcp dport 80 `;
  expect(told([six('1', 'flows'), six('2', 'forwarded')], 1000)).toHaveLength(1);
});

test('packets of others, and other lines, are passed over', () => {
  expect(told([begin('1', 40_000), 'add rule inet x y', 'trace id zz', ''], 1000)).toEqual([]);
});

test('nothing grows without end', () => {
  const lines = Array.from({ length: 5000 }, () => end('1'));
  const [only] = told([begin('1', 61_000), ...lines], 10_000);
  expect(only?.lines.length).toBeLessThan(200);
  expect(
    told(
      Array.from({ length: 5000 }, (_, index) => begin(index.toString(16), 61_000)),
      10_000,
    ).length,
  ).toBeLessThan(300);
});

test('the packet of an overlay is told by the chain that tagged it: its own ports are of another pair', () => {
  const outer = (chain: string) =>
    `trace id 7 inet ${TABLE} ${chain} packet: iif "eth0" ip saddr 10.0.0.2 ip daddr 10.0.0.3 udp sport 61003 udp dport 8472 udp length 118 `;
  expect(told([outer('outer1'), end('7')], 1000)).toMatchObject([{ path: 'b', isAnswer: false, isOuter: true }]);
  expect(told([outer('outer0_back'), end('7')], 1000)).toMatchObject([{ path: 'a', isAnswer: true, isOuter: true }]);
  expect(told([outer('outer9'), end('7')], 1000)).toEqual([]);
  // What it carries had the same place in memory a moment before.
  expect(told([begin('7', 61_000), end('7'), outer('outer0'), end('7')], 1000)).toHaveLength(2);
});

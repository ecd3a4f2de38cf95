import { describe, expect, test } from 'vitest';
import { readNodeFacts } from '../../probes/node-facts.ts';
import { encode, parseMessage } from '../../probes/parse.ts';
import { FULL_CONNTRACK_NODE } from './node-files.ts';
import { sourceOf } from './node-source.ts';

const without = (folder: string) =>
  sourceOf(Object.fromEntries(Object.entries(FULL_CONNTRACK_NODE).filter(([path]) => !path.startsWith(folder))));

describe('a node whose files are all there', () => {
  const facts = readNodeFacts(sourceOf(FULL_CONNTRACK_NODE));

  test('figures of all CPUs are added, by the names of their columns, and are hexadecimal', () => {
    expect(facts.counters).toMatchObject({ 'Conntrack.insert_failed': 3, 'Conntrack.drop': 0x1a0 + 0x60 });
    expect(facts.machine.counters).toMatchObject({ 'Arp.table_fulls': 0, 'Softnet.dropped': 5, 'Softnet.squeezed': 2 });
  });

  test('gauges and settings', () => {
    expect(facts.conntrack).toEqual({ entries: 262_140, limit: 262_144 });
    expect(facts.machine.neighbors).toEqual({ entries: 0x61, thresholds: [128, 512, 1024] });
    expect(facts.machine.cpuWaitedMs).toBe(3577.692);
    expect(facts.reversePathFilter).toEqual({ all: 0, eth0: 2, 'flannel.1': 1 });
    expect(facts.notForwarding).toEqual(['eth0']);
    expect(facts.bridge).toEqual({ 'bridge-nf-call-iptables': 1 });
    expect(facts.neighbors).toBe(2);
    expect(facts.kernelId).toBe('e82a4795');
    expect(facts.unread).toEqual([]);
  });

  test("interfaces: the node's own first, with what they dropped", () => {
    expect(facts.interfaces.map(({ name }) => name)).toEqual(['lo', 'eth0', 'flannel.1', 'veth7']);
    expect(facts.interfaces[1]).toEqual({
      name: 'eth0',
      mtu: 1500,
      state: 'up',
      rxErrors: 1,
      rxDropped: 7,
      txErrors: 2,
      txDropped: 9,
    });
  });

  test('routes to more than one address', () => {
    expect(facts.routes).toEqual([
      { to: '0.0.0.0/0', by: 'eth0' },
      { to: '10.244.2.0/24', by: 'flannel.1' },
    ]);
  });

  test('it is one message of the wire', () => {
    const message = { type: 'node-facts', when: 'start', at: 1_760_000_000_000, ...facts } as const;
    expect(parseMessage(encode(message).trim())).toEqual({ ok: true, value: message });
  });
});

test('a kernel that shows none of it invents nothing, and says what it did not show', () => {
  const facts = readNodeFacts({ text: () => null, list: () => null });
  expect(facts).toMatchObject({
    kernelId: null,
    counters: {},
    conntrack: null,
    bridge: null,
    interfaces: [],
    neighbors: 0,
  });
  expect(facts.machine).toEqual({ counters: {}, neighbors: null, cpuWaitedMs: null });
  expect(facts.unread).toContain('/proc/net/stat/nf_conntrack');
  expect(facts.unread).toContain('/proc/pressure/cpu');
});

test('/sys of another network namespace is not read: the MTU comes from /proc/sys, the state from nowhere', () => {
  const files = Object.entries(FULL_CONNTRACK_NODE).filter(([path]) => !path.startsWith('/sys/class/net/flannel.1'));
  const facts = readNodeFacts(sourceOf({ ...Object.fromEntries(files), '/sys/class/net/eth0/mtu': '9000\n' }));
  expect(facts.interfaces.find(({ name }) => name === 'eth0')).toMatchObject({ mtu: 1500, state: null });
  expect(facts.unread).toContain('/sys/class/net');
});

test('a network namespace that is not the first is shown no neighbour table, and that is no zero', () => {
  const facts = readNodeFacts(without('/proc/sys/net/ipv4/neigh'));
  expect(facts.machine.neighbors).toBeNull();
});

test('of thousands of interfaces and settings the message stays short', () => {
  const many = Array.from({ length: 2000 }, (_, index) => `veth${index}`);
  const line = (name: string) => `${name}: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n`;
  const facts = readNodeFacts(
    sourceOf({
      ...FULL_CONNTRACK_NODE,
      '/proc/net/dev': FULL_CONNTRACK_NODE['/proc/net/dev'] + many.map(line).join(''),
      ...Object.fromEntries(many.map((name) => [`/proc/sys/net/ipv4/conf/${name}/rp_filter`, '1\n'])),
    }),
  );
  expect(facts.moreInterfaces).toBe(2004 - facts.interfaces.length);
  const line64 = encode({ type: 'node-facts', when: 'end', at: 1, ...facts });
  expect(line64.length).toBeLessThan(32_000);
  expect(facts.reversePathFilter['eth0']).toBe(2);
});

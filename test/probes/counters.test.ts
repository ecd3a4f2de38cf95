import { expect, test } from 'vitest';
import { moved, readCounters } from '../../probes/counters.ts';
import { throttleReader } from '../../probes/hindrance.ts';
import { parseResolvConf } from '../../probes/surroundings.ts';

const NETSTAT = 'TcpExt: SyncookiesSent TCPTimeouts TCPSynRetrans\nTcpExt: 1 2 3\nIpExt: InOctets\nIpExt: 9\n';
const SNMP = 'Tcp: ActiveOpens RetransSegs\nTcp: 7 3\nIcmp: InDestUnreachs\nIcmp: 0\n';
const files = (snmp: string) => (path: string) =>
  ({ '/proc/net/netstat': NETSTAT, '/proc/net/snmp': snmp, '/proc/net/snmp6': 'Icmp6InDestUnreachs   \t2\n' })[path] ??
  null;

test('counters of interest are read by name', () => {
  expect(Object.fromEntries(readCounters(files(SNMP)))).toEqual({
    'TcpExt.TCPTimeouts': 2,
    'TcpExt.TCPSynRetrans': 3,
    'Tcp.ActiveOpens': 7,
    'Tcp.RetransSegs': 3,
    'Icmp.InDestUnreachs': 0,
    'Icmp6.InDestUnreachs': 2,
  });
});

test('a system without /proc has no counters, and garbage gives none', () => {
  expect(readCounters(() => null).size).toBe(0);
  expect(readCounters(() => 'TcpExt: a b\nTcp: 1 2\n\0\0').size).toBe(0);
});

test('only what moved is told, and a row that appears counts from zero', () => {
  const before = readCounters(files(SNMP));
  expect(moved(before, before)).toEqual({});
  const after = readCounters(files(`${SNMP}IcmpMsg: InType3\nIcmpMsg: 1\n`.replace('7 3', '8 3')));
  expect(moved(before, after)).toEqual({ 'Tcp.ActiveOpens': 1, 'IcmpMsg.InType3': 1 });
});

test.for<[string, Record<string, string>, number]>([
  ['no cgroup to read', {}, 0],
  ['a root cgroup without quota', { '/sys/fs/cgroup/cpu.stat': 'usage_usec 5\n' }, 0],
  ['version 2, in microseconds', { '/sys/fs/cgroup/cpu.stat': 'usage_usec 5\nthrottled_usec 2500\n' }, 2.5],
  ['version 1, in nanoseconds', { '/sys/fs/cgroup/cpu/cpu.stat': 'nr_periods 1\nthrottled_time 1500000\n' }, 1.5],
])('throttling: %s', ([, present, ms]) => {
  expect(throttleReader((path) => present[path] ?? null)()).toBe(ms);
});

test('resolv.conf: the last search line wins, options add up, comments are nothing', () => {
  const text = 'nameserver 10.96.0.10 # cluster\nsearch a\nsearch b c\noptions ndots:5\noptions timeout:1\n; x\n';
  expect(parseResolvConf(text)).toEqual({
    servers: ['10.96.0.10'],
    search: ['b', 'c'],
    options: ['ndots:5', 'timeout:1'],
  });
});

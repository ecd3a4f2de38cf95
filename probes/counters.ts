/** Kernel counters of this network namespace: what moved during an attempt tells what happened on the wire. */
import { readAgain } from './procfs.ts';

export type Counters = ReadonlyMap<string, number>;

/** What judging asks for; everything else that moves would only make samples long. */
const OF_INTEREST = new Set([
  'TcpExt.TCPSynRetrans',
  'TcpExt.TCPTimeouts',
  'TcpExt.TCPLossProbes',
  'TcpExt.TCPLostRetransmit',
  'TcpExt.TCPOFOQueue',
  'TcpExt.TCPAbortOnTimeout',
  'TcpExt.ListenOverflows',
  'TcpExt.ListenDrops',
  'TcpExt.IPReversePathFilter',
  'TcpExt.TCPMTUPSuccess',
  'TcpExt.TCPMTUPFail',
  'TcpExt.DelayedACKs',
  'TcpExt.TCPReqQFullDoCookies',
  'TcpExt.TCPReqQFullDrop',
  'Tcp.RetransSegs',
  'Tcp.AttemptFails',
  'Tcp.EstabResets',
  'Tcp.ActiveOpens',
  'Tcp.PassiveOpens',
  'Tcp.OutRsts',
  'Icmp.InDestUnreachs',
  'IcmpMsg.InType3',
  'Icmp6.InDestUnreachs',
  'Icmp6.InPktTooBigs',
  'Udp.InErrors',
  'Udp.NoPorts',
  'Udp.InDatagrams',
  'Udp.OutDatagrams',
  'Udp.RcvbufErrors',
  'Udp6.InErrors',
  'Udp6.NoPorts',
  'Udp6.InDatagrams',
  'Udp6.OutDatagrams',
  'Ip.FragCreates',
  'Ip.FragFails',
  'Ip.OutNoRoutes',
  'Ip.ReasmReqds',
  'Ip.ReasmFails',
  'Ip6.FragCreates',
  'Ip6.FragFails',
  'Ip6.OutNoRoutes',
  'Ip6.ReasmReqds',
  'Ip6.ReasmFails',
]);

type Read = (path: string) => string | null;

/** Reads the counters of interest. A counter that the kernel does not show (IcmpMsg rows appear with their first message) is absent. */
export function readCounters(read: Read = readAgain, wanted: ReadonlySet<string> = OF_INTEREST): Counters {
  const counters = new Map<string, number>();
  for (const path of ['/proc/net/netstat', '/proc/net/snmp']) parsePairs(read(path) ?? '', wanted, counters);
  parseIpv6(read('/proc/net/snmp6') ?? '', wanted, counters);
  return counters;
}

/** Counters that differ. One that is missing before counts from zero. */
export function moved(before: Counters, after: Counters): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [key, value] of after) {
    const difference = value - (before.get(key) ?? 0);
    if (difference !== 0) result[key] = difference;
  }
  return result;
}

/** Which columns of a line of values are of interest, with their keys, by the line of names above it: it changes hardly ever. */
type Columns = ReadonlyMap<number, string>;
const known = new WeakMap<ReadonlySet<string>, Map<string, Columns>>();

/** Line pairs: names, then values, both behind the same prefix. By name, because columns differ between kernels. */
function parsePairs(text: string, wanted: ReadonlySet<string>, counters: Map<string, number>): void {
  const columnsOf = known.get(wanted) ?? new Map<string, Columns>();
  known.set(wanted, columnsOf);
  let start = 0;
  while (start < text.length) {
    const middle = text.indexOf('\n', start);
    const end = text.indexOf('\n', middle + 1);
    if (middle < 0) return;
    const names = text.slice(start, middle);
    const values = text.slice(middle + 1, end < 0 ? text.length : end);
    const prefix = names.slice(0, names.indexOf(' ') + 1);
    if (prefix === '' || !values.startsWith(prefix)) return;
    const columns = columnsOf.get(names) ?? learnColumns(names, wanted);
    if (columnsOf.size < MOST_LINES) columnsOf.set(names, columns);
    if (columns.size > 0) keepColumns(values, columns, counters);
    if (end < 0) return;
    start = end + 1;
  }
}

/** More different lines than a kernel has: what is not one is not remembered. */
const MOST_LINES = 64;

function learnColumns(line: string, wanted: ReadonlySet<string>): Columns {
  const [prefix = '', ...names] = line.split(' ');
  const keys = names.map((name, index) => [index + 1, `${prefix.slice(0, -1)}.${name}`] as const);
  return new Map(keys.filter(([, key]) => wanted.has(key)));
}

function keepColumns(line: string, columns: Columns, counters: Map<string, number>): void {
  let [at, column] = [0, 0];
  for (const [wanted, key] of columns) {
    for (; column < wanted && at >= 0; column += 1) at = line.indexOf(' ', at) + 1 || -1;
    if (at < 0) return;
    const end = line.indexOf(' ', at);
    const value = Number(line.slice(at, end < 0 ? line.length : end));
    if (Number.isFinite(value)) counters.set(key, value);
  }
}

/** What was last read of IPv6: where nothing uses it the text stays as it is, and its hundred lines need not be read again. */
let lastIpv6: { readonly text: string; readonly wanted: ReadonlySet<string>; readonly counters: Counters } | null =
  null;

function parseIpv6(text: string, wanted: ReadonlySet<string>, counters: Map<string, number>): void {
  if (lastIpv6 === null || lastIpv6.text !== text || lastIpv6.wanted !== wanted) {
    const found = new Map<string, number>();
    readIpv6(text, wanted, found);
    lastIpv6 = { text, wanted, counters: found };
  }
  for (const [key, value] of lastIpv6.counters) counters.set(key, value);
}

/** One `Icmp6InDestUnreachs   3` a line. */
function readIpv6(text: string, wanted: ReadonlySet<string>, counters: Map<string, number>): void {
  for (const [, family, name, value] of text.matchAll(/^(Ip6|Icmp6|Udp6)(\w+)\s+(\d+)$/gm)) {
    const key = `${family}.${name}`;
    if (wanted.has(key)) counters.set(key, Number(value));
  }
}

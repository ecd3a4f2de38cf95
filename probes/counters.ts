/** Kernel counters of this network namespace: what moved during an attempt tells what happened on the wire. */
import { readText } from './procfs.ts';

export type Counters = ReadonlyMap<string, number>;

/** What judging asks for; everything else that moves would only make samples long. */
const OF_INTEREST = new Set([
  'TcpExt.TCPSynRetrans',
  'TcpExt.TCPTimeouts',
  'TcpExt.TCPLossProbes',
  'TcpExt.TCPLostRetransmit',
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
export function readCounters(read: Read = readText, wanted: ReadonlySet<string> = OF_INTEREST): Counters {
  const counters = new Map<string, number>();
  const keep = (key: string, value: number) => {
    if (wanted.has(key) && Number.isFinite(value)) counters.set(key, value);
  };
  for (const path of ['/proc/net/netstat', '/proc/net/snmp']) parsePairs(read(path) ?? '', keep);
  parseIpv6(read('/proc/net/snmp6') ?? '', keep);
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

type Keep = (key: string, value: number) => void;

/** Line pairs: names, then values, both behind the same prefix. By name, because columns differ between kernels. */
function parsePairs(text: string, keep: Keep): void {
  const lines = text.split('\n');
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const [prefix = '', ...names] = (lines[index] ?? '').split(' ');
    const [samePrefix, ...values] = (lines[index + 1] ?? '').split(' ');
    if (prefix !== samePrefix) return;
    for (const [column, name] of names.entries()) keep(`${prefix.slice(0, -1)}.${name}`, Number(values[column]));
  }
}

/** One `Icmp6InDestUnreachs   3` a line. */
function parseIpv6(text: string, keep: Keep): void {
  for (const [, family, name, value] of text.matchAll(/^(Ip6|Icmp6|Udp6)(\w+)\s+(\d+)$/gm)) {
    keep(`${family}.${name}`, Number(value));
  }
}

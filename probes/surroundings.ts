/** What the agent finds around it: addresses, live kernel settings, resolver configuration. Whatever cannot be read is null or empty. */
import { hostname, networkInterfaces, release } from 'node:os';
import { isReadable, readText } from './procfs.ts';
import type { Hello, Unmeasured } from './wire.ts';

/** The settings that decide which timers fire, by their sysctl names. */
const SYSCTLS = [
  'net.ipv4.tcp_syn_retries',
  'net.ipv4.tcp_syn_linear_timeouts',
  'net.ipv4.tcp_synack_retries',
  'net.ipv4.tcp_retries1',
  'net.ipv4.tcp_retries2',
  'net.ipv4.tcp_mtu_probing',
  'net.ipv4.tcp_base_mss',
  'net.ipv4.tcp_early_retrans',
  'net.ipv4.tcp_rto_min_us',
  'net.ipv4.tcp_rto_max_ms',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_abort_on_overflow',
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.icmp_ratelimit',
  'net.ipv4.icmp_ratemask',
  'net.ipv4.ip_no_pmtu_disc',
  'net.ipv4.ip_local_port_range',
  'net.core.somaxconn',
  'net.ipv6.conf.all.disable_ipv6',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_udp_timeout',
  'net.netfilter.nf_conntrack_udp_timeout_stream',
  'net.netfilter.nf_conntrack_tcp_timeout_syn_sent',
];

/** The longest value or resolver line that is worth a place in hello. */
const LONGEST_VALUE = 253;
const MOST_ADDRESSES = 256;

export type Surroundings = Pick<
  Hello,
  'hostname' | 'addresses' | 'sysctls' | 'resolver' | 'kernel' | 'nodeVersion' | 'unmeasured'
>;

/** The files of a system; a test has its own. */
export interface Files {
  readonly read: (path: string) => string | null;
  readonly isReadable: (path: string) => boolean;
}

export function readSurroundings(files: Files = { read: readText, isReadable }): Surroundings {
  const sysctls = readSysctls(files);
  const unmeasured = unmeasuredBy(files, sysctls);
  return {
    hostname: hostname().slice(0, LONGEST_VALUE),
    addresses: ownAddresses(),
    sysctls,
    resolver: parseResolvConf(files.read('/etc/resolv.conf') ?? ''),
    kernel: release(),
    nodeVersion: process.version,
    ...(unmeasured.length > 0 ? { unmeasured } : {}),
  };
}

/** A setting that this kernel lacks is null; where not one can be read nothing is known of any. */
function readSysctls({ read }: Files): Hello['sysctls'] {
  const settings = SYSCTLS.map((name) => [name, readSysctl(name, read)] as const);
  return settings.every(([, value]) => value === null) ? {} : Object.fromEntries(settings);
}

/** Whether a file is there and may be read tells enough: reading the socket tables takes milliseconds. */
const NEEDED: readonly (readonly [Unmeasured, string])[] = [
  ['retransmissions', '/proc/net/tcp'],
  ['counters', '/proc/net/netstat'],
  ['cpu', '/proc/self/schedstat'],
];

function unmeasuredBy(files: Files, sysctls: Hello['sysctls']): Unmeasured[] {
  const missing = NEEDED.flatMap(([what, path]) => (files.isReadable(path) ? [] : [what]));
  return Object.keys(sysctls).length > 0 ? missing : [...missing, 'settings'];
}

/** `/etc/resolv.conf` as resolv.conf(5) has it: the last `search` or `domain` wins, options add up. */
export function parseResolvConf(text: string): Hello['resolver'] {
  const servers: string[] = [];
  const options: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    const values = words.map((word) => word.slice(0, LONGEST_VALUE));
    if (keyword === 'nameserver') servers.push(...values.slice(0, 1));
    else if (keyword === 'search' || keyword === 'domain') search = values;
    else if (keyword === 'options') options.push(...values);
  }
  return { servers: servers.slice(0, 64), search: search.slice(0, 64), options: options.slice(0, 64) };
}

function ownAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return found
    .filter((one) => !one.internal)
    .map((one) => one.address)
    .slice(0, MOST_ADDRESSES);
}

function readSysctl(name: string, read: (path: string) => string | null): string | null {
  const value = read(`/proc/sys/${name.replaceAll('.', '/')}`);
  return value === null ? null : value.trim().replaceAll(/\s+/g, ' ').slice(0, LONGEST_VALUE);
}

/** What the node says of itself to whoever is on its own network: small files of /proc and /sys, read in a few milliseconds. */
import { readdirSync } from 'node:fs';
import { readCounters } from './counters.ts';
import { readText } from './procfs.ts';
import { POD_INTERFACE } from './wire.ts';
import type { MachineFacts, NodeFacts, NodeInterface } from './wire.ts';

/** Where the facts come from; a test has files of its own. `list` gives null for a folder that is not there. */
export interface Source {
  readonly text: (path: string) => string | null;
  readonly list: (path: string) => readonly string[] | null;
}

const KERNEL: Source = {
  text: readText,
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return null;
    }
  },
};

/** Of this network namespace: packets that the node itself threw away, and why. */
const WANTED = new Set([
  'TcpExt.IPReversePathFilter',
  'TcpExt.ListenOverflows',
  'TcpExt.ListenDrops',
  'TcpExt.TCPBacklogDrop',
  'TcpExt.TCPReqQFullDrop',
  'TcpExt.PFMemallocDrop',
  'Tcp.RetransSegs',
  'Ip.InDiscards',
  'Ip.OutDiscards',
  'Ip.OutNoRoutes',
  'Ip.InAddrErrors',
  'Ip.InHdrErrors',
  'Ip.FragFails',
  'Ip.ReasmFails',
  'Ip6.InDiscards',
  'Ip6.OutDiscards',
  'Ip6.OutNoRoutes',
  'Ip6.FragFails',
  'Icmp.OutDestUnreachs',
  'Icmp6.OutDestUnreachs',
]);
/** Columns of /proc/net/stat/nf_conntrack (net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show). */
const CONNTRACK = new Set(['clashres', 'found', 'invalid', 'insert_failed', 'drop', 'early_drop']);
/** Columns of /proc/net/stat/arp_cache and ndisc_cache (net/core/neighbour.c, neigh_stat_seq_show). */
const NEIGHBORS = new Set(['res_failed', 'forced_gc_runs', 'unresolved_discards', 'table_fulls']);

/** Nothing comes in by them: the one is the node's own, the other a value for interfaces to come. */
const NEVER_FORWARDING = new Set(['lo', 'default']);
/** A node of 250 pods has as many interfaces of theirs, which all look alike; the node's own come first. */
const MOST_INTERFACES = 64;
const MOST_SETTINGS = 300;
const MOST_ROUTES = 128;
const KERNEL_ID_DIGITS = 8;

export function readNodeFacts(source: Source = KERNEL): Omit<NodeFacts, 'type' | 'when' | 'at'> {
  const unread: string[] = [];
  const told: Source = {
    list: source.list,
    text: (path) => {
      const text = source.text(path);
      if (text === null) unread.push(path);
      return text;
    },
  };
  const devices = [...(told.text('/proc/net/dev') ?? '').matchAll(/^\s*([^\s:]+):\s*([\d ]+)$/gm)];
  const interfaces = devices
    .map(([, name = '', figures = '']) => ({ name, figures: figures.trim().split(/ +/).map(Number) }))
    .toSorted((a, b) => Number(POD_INTERFACE.test(a.name)) - Number(POD_INTERFACE.test(b.name)));
  const listed = interfaces.slice(0, MOST_INTERFACES);
  const isOwnSysfs = showsThese(
    source,
    interfaces.map(({ name }) => name),
  );
  if (!isOwnSysfs) unread.push('/sys/class/net');
  return {
    kernelId: (told.text('/proc/sys/kernel/random/boot_id') ?? '').slice(0, KERNEL_ID_DIGITS) || null,
    counters: {
      ...Object.fromEntries(readCounters(told.text, WANTED)),
      ...sums('Conntrack', told.text('/proc/net/stat/nf_conntrack'), CONNTRACK),
    },
    conntrack: readConntrack(told),
    reversePathFilter: readEach(source, '/proc/sys/net/ipv4/conf', 'rp_filter') ?? {},
    notForwarding: notForwarding(source),
    bridge: readAll(source, '/proc/sys/net/bridge'),
    interfaces: listed.map(({ name, figures }) => readInterface(source, { name, figures, isOwnSysfs })),
    moreInterfaces: interfaces.length - listed.length,
    routes: parseRoutes(told.text('/proc/net/route') ?? ''),
    neighbors: Math.max(0, (told.text('/proc/net/arp') ?? '').split('\n').filter((line) => line !== '').length - 1),
    machine: readMachine(told),
    unread,
  };
}

/** A packet is passed on or not by the setting of the interface that it came in by (net/ipv4/route.c, ip_route_input_slow). */
function notForwarding(source: Source): string[] {
  const settings = readEach(source, '/proc/sys/net/ipv4/conf', 'forwarding') ?? {};
  return Object.entries(settings).flatMap(([name, value]) =>
    value === 0 && !NEVER_FORWARDING.has(name) ? [name] : [],
  );
}

function readConntrack({ text }: Source): NodeFacts['conntrack'] {
  const entries = whole(text('/proc/sys/net/netfilter/nf_conntrack_count'));
  const limit = whole(text('/proc/sys/net/netfilter/nf_conntrack_max'));
  return entries === null || limit === null ? null : { entries, limit };
}

/** The neighbour tables are one for all network namespaces (net/ipv4/arp.c, arp_tbl), and told to the first of them alone. */
function readMachine({ text }: Source): MachineFacts {
  const arp = text('/proc/net/stat/arp_cache');
  const threshold = (level: number) => whole(text(`/proc/sys/net/ipv4/neigh/default/gc_thresh${level}`));
  const [first, second, third] = [threshold(1), threshold(2), threshold(3)];
  const entries = arp === null ? null : firstEntry(arp);
  const microseconds = /^some .*total=(\d+)/m.exec(text('/proc/pressure/cpu') ?? '')?.[1];
  return {
    counters: {
      ...sums('Arp', arp, NEIGHBORS),
      ...sums('Ndisc', text('/proc/net/stat/ndisc_cache'), NEIGHBORS),
      ...parseSoftnet(text('/proc/net/softnet_stat') ?? ''),
    },
    neighbors:
      entries === null || first === null || second === null || third === null
        ? null
        : { entries, thresholds: [first, second, third] },
    cpuWaitedMs: microseconds === undefined ? null : Number(microseconds) / 1000,
  };
}

/** One line of names, then one of hexadecimal figures for each CPU. By name, because columns differ between kernels. */
function sums(prefix: string, text: string | null, wanted: ReadonlySet<string>): Record<string, number> {
  const [names = '', ...rows] = (text ?? '').trim().split('\n');
  const result: Record<string, number> = {};
  for (const row of rows) {
    const figures = row.trim().split(/\s+/);
    for (const [column, name] of names.trim().split(/\s+/).entries()) {
      if (!wanted.has(name)) continue;
      const key = `${prefix}.${name}`;
      result[key] = (result[key] ?? 0) + (Number.parseInt(figures[column] ?? '', 16) || 0);
    }
  }
  return result;
}

/** `entries` is the same in each CPU's line. */
function firstEntry(text: string): number | null {
  const figure = text.trim().split('\n')[1]?.trim().split(/\s+/)[0];
  return figure === undefined ? null : Number.parseInt(figure, 16);
}

/** A line a CPU; the second figure is packets dropped because the backlog was full, the third rounds that ran out of time. */
function parseSoftnet(text: string): Record<string, number> {
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map((figure) => Number.parseInt(figure, 16) || 0));
  if (text.trim() === '') return {};
  const sum = (column: number) => rows.reduce((total, row) => total + (row[column] ?? 0), 0);
  return { 'Softnet.dropped': sum(1), 'Softnet.squeezed': sum(2) };
}

/** Not an interface but the list of those that are bonds (Documentation/networking/bonding.rst). */
const NO_INTERFACE = 'bonding_masters';

/** Whether /sys was mounted in this very network namespace: it goes on showing the one that it was mounted in. */
function showsThese({ list }: Source, names: readonly string[]): boolean {
  const shown = (list('/sys/class/net') ?? []).filter((name) => name !== NO_INTERFACE);
  return names.length > 0 && names.toSorted().join() === shown.toSorted().join();
}

interface Device {
  readonly name: string;
  /** Eight figures received, eight sent. */
  readonly figures: readonly number[];
  readonly isOwnSysfs: boolean;
}

function readInterface({ text }: Source, { name, figures, isOwnSysfs }: Device): NodeInterface {
  // The IPv6 setting follows the device's own (RFC 8504, 5.3: never below 1280), and /proc/sys is always of this namespace.
  const mtu = isOwnSysfs ? `/sys/class/net/${name}/mtu` : `/proc/sys/net/ipv6/conf/${name}/mtu`;
  return {
    name,
    mtu: whole(text(mtu)),
    state: isOwnSysfs ? (text(`/sys/class/net/${name}/operstate`)?.trim() ?? null) : null,
    rxErrors: figures[2] ?? 0,
    rxDropped: figures[3] ?? 0,
    txErrors: figures[10] ?? 0,
    txDropped: figures[11] ?? 0,
  };
}

/** `eth0 0000F40A 00000000 ... 00FFFFFF`: little-endian addresses. Left out: pods' own addresses (/32), of which there are many, and routes to nowhere. */
function parseRoutes(text: string): NodeFacts['routes'] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [by, destination, , , , , , mask] = line.trim().split(/\s+/);
      if (by === undefined || destination === undefined || mask === undefined || mask === 'FFFFFFFF' || by === '*')
        return [];
      const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
      const address = [6, 4, 2, 0].map((at) => Number.parseInt(destination.slice(at, at + 2), 16)).join('.');
      return [{ to: `${address}/${bits}`, by }];
    })
    .slice(0, MOST_ROUTES);
}

/** One setting of each entry of a folder; null where there is no such folder. */
function readEach({ text, list }: Source, folder: string, file: string): Record<string, number> | null {
  const names = list(folder);
  if (names === null) return null;
  const ordered = names.toSorted((a, b) => Number(POD_INTERFACE.test(a)) - Number(POD_INTERFACE.test(b)));
  return numbers(ordered.map((name) => [name, text(`${folder}/${name}/${file}`)]));
}

/** All settings of a folder; null where there is no such folder. */
function readAll({ text, list }: Source, folder: string): Record<string, number> | null {
  const names = list(folder);
  return names === null ? null : numbers(names.map((name) => [name, text(`${folder}/${name}`)]));
}

function numbers(told: readonly (readonly [string, string | null])[]): Record<string, number> {
  return Object.fromEntries(
    told.slice(0, MOST_SETTINGS).flatMap(([name, text]) => {
      const value = whole(text);
      return value === null ? [] : [[name, value] as const];
    }),
  );
}

function whole(text: string | null): number | null {
  const digits = /^\d+$/.exec(text?.trim() ?? '')?.[0];
  return digits === undefined ? null : Number(digits);
}

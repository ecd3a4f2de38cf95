/** Rows of /proc/net/tcp and tcp6: the only view of a connection's retransmissions that needs no right at all. */
import { isIPv6 } from 'node:net';
import { fromKernelHex, toKernelHex } from './address.ts';
import { readTable, readTableLater } from './procfs.ts';

/** A table has the sockets of one family: one that listens on IPv6 has all its connections there, those from IPv4 as well. */
export type Family = 4 | 6;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a row says about the timer of a connection in flight. */
export interface SocketRow {
  readonly state: 'syn-sent' | 'established' | 'other';
  /** Unanswered retransmissions so far; the kernel sets it back to 0 with the next acknowledgement. */
  readonly retransmissions: number;
  /** Until the next retransmission or loss probe; null where none is due. Cut down to whole 10 ms (USER_HZ). */
  readonly timerMs: number | null;
}

/** State codes of include/net/tcp_states.h: 01 ESTABLISHED, 02 SYN_SENT, 03 SYN_RECV, 08 CLOSE_WAIT. */
const STATES: Readonly<Record<string, SocketRow['state']>> = {
  '01': 'established',
  '02': 'syn-sent',
  '08': 'established',
};

/**
 * The tables of these families as one text. Off the event loop: the kernel walks its whole hash table for each read, 5 ms
 * with the 262144 buckets of a small machine, and every answer that arrived meanwhile would be timed that much too long.
 */
export async function readSocketTables(families: readonly Family[]): Promise<string> {
  const texts = await Promise.all(families.map((family) => readTableLater(tablePath(family))));
  return texts.map((text) => text ?? '').join('\n');
}

/** The same at once, for the moment of leaving. */
export function readSocketTablesNow(families: readonly Family[]): string {
  return families.map((family) => readTable(tablePath(family)) ?? '').join('\n');
}

function tablePath(family: Family): string {
  return family === 4 ? '/proc/net/tcp' : '/proc/net/tcp6';
}

/** How a connection is written in these tables: all four of its parts, since a local port can serve several peers. */
export function socketKey(local: Endpoint, remote: Endpoint): string {
  const mixed = isIPv6(local.address) !== isIPv6(remote.address);
  const side = ({ address, port }: Endpoint) =>
    toKernelHex(mixed && !isIPv6(address) ? `::ffff:${address}` : address, port);
  return ` ${side(local)} ${side(remote)} `;
}

/** The row of one connection; null where there is none. */
export function findSocketRow(tables: string, key: string): SocketRow | null {
  const start = tables.indexOf(key);
  if (start < 0) return null;
  const [state = '', , timer = '', retransmissions = ''] = tables
    .slice(start + key.length, start + key.length + ROW_REST)
    .trimStart()
    .split(/\s+/);
  const [active, ticks = ''] = timer.split(':');
  return {
    state: STATES[state] ?? 'other',
    retransmissions: Number.parseInt(retransmissions, 16) || 0,
    timerMs: active === RETRANSMIT_TIMER ? Number.parseInt(ticks, 16) * MS_PER_TICK : null,
  };
}
/** Enough for the state, queues, timer and retransmission columns. */
const ROW_REST = 60;
/** tcp_ipv4.c get_tcp4_sock: 1 covers retransmission, reordering and loss-probe timers. */
const RETRANSMIT_TIMER = '01';
/** USER_HZ is 100 on every architecture that runs Kubernetes. */
const MS_PER_TICK = 10;

export interface HalfOpenRow {
  /** Listened on. */
  readonly port: number;
  readonly from: string;
  /** All four parts of the connection, as the kernel writes them. */
  readonly key: string;
}

/** Connections in SYN_RECV on these local ports: the peer's SYN came, its last ACK has not, or not yet. */
export function halfOpenRows(tables: string, ports: ReadonlySet<number>): HalfOpenRow[] {
  const rows = tables.matchAll(/^\s*\d+: ([0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):[0-9A-F]{4}) 03 /gm);
  return [...rows].flatMap(([, key = '', localPort = '', remote = '']) => {
    const port = Number.parseInt(localPort, 16);
    return ports.has(port) ? [{ port, from: fromKernelHex(remote), key }] : [];
  });
}

/**
 * Who listens to the kernel's packet filter: rows of /proc/net/netlink, found by the sockets that a process holds. Their port numbers do not tell: they
 * are process ids as each container counts its own, so two in one network namespace may want the same, and the second gets another.
 */
import { readlinkSync, readdirSync } from 'node:fs';
import { readText } from '../procfs.ts';

/** NETLINK_NETFILTER (include/uapi/linux/netlink.h). */
const NETFILTER = '12';
/** Columns of /proc/net/netlink (net/netlink/af_netlink.c, netlink_native_seq_show). */
const [PROTOCOL, GROUPS, INODE] = [1, 3, 9];
const SOCKET = /^socket:\[(\d+)\]$/u;

/** Whether the process has asked the kernel for messages of its packet filter. */
export function listensToNetfilter(pid: number): boolean {
  return hasListener(readText('/proc/net/netlink') ?? '', socketsOf(pid));
}

/** `table`: the text of /proc/net/netlink; `sockets`: inodes. */
export function hasListener(table: string, sockets: ReadonlySet<string>): boolean {
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/u));
  return rows.some(
    (row) => row[PROTOCOL] === NETFILTER && sockets.has(row[INODE] ?? '') && !/^0*$/u.test(row[GROUPS] ?? ''),
  );
}

/** Inodes of the sockets that it holds open; none where it has ended or may not be looked into. */
function socketsOf(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`;
  try {
    return new Set(readdirSync(folder).flatMap((name) => inodeOf(`${folder}/${name}`) ?? []));
  } catch {
    return new Set();
  }
}

function inodeOf(link: string): string | null {
  try {
    return SOCKET.exec(readlinkSync(link))?.[1] ?? null;
  } catch {
    // Closed meanwhile.
    return null;
  }
}

/** Whether this pod can follow packets at all, read off versions and rights: what programs say in words decides nothing. */
import { release } from 'node:os';
import { readText } from '../procfs.ts';
import type { Tracing } from '../wire.ts';

/** capabilities(7). */
const CAP_NET_ADMIN = 12n;
/** `flags owner`: nf_tables of Linux 5.12, and the first nft that has the word. */
const KERNEL_WITH_OWNERS = [5, 12] as const;
const NFT_WITH_OWNERS = [0, 9, 9] as const;
/** Interfaces that Cilium, and Calico's eBPF dataplane, make on every node. */
const EBPF_INTERFACES = ['cilium_host', 'bpfin.cali'] as const;

export type Readiness = Omit<Tracing, 'type' | 'at'>;

/** @param nftVersion what `nft --version` printed; null: there is no such program. */
export function readinessOf(
  nftVersion: string | null,
  kernel: string = release(),
  read: (path: string) => string | null = readText,
): Readiness {
  const around = { legacyTables: legacyTables(read), ebpfInterface: ebpfInterface(read) };
  const versions = `nft ${numbers(nftVersion ?? '').join('.')}, Linux ${kernel}`;
  if (nftVersion === null) return { state: 'no-nft', says: 'this image has no nft', ...around };
  if (!mayChangeNetwork(read)) return { state: 'no-right', says: 'this pod has no CAP_NET_ADMIN', ...around };
  if (isBefore(numbers(kernel), KERNEL_WITH_OWNERS)) return { state: 'old-kernel', says: versions, ...around };
  if (isBefore(numbers(nftVersion), NFT_WITH_OWNERS)) return { state: 'old-nft', says: versions, ...around };
  return { state: 'ready', says: versions, ...around };
}

function mayChangeNetwork(read: (path: string) => string | null): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/mu.exec(read('/proc/self/status') ?? '')?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

/** Tables that iptables-legacy has made here; the files are not there where its modules are not loaded. */
function legacyTables(read: (path: string) => string | null): string[] {
  const names = ['ip', 'ip6'].flatMap((family) =>
    (read(`/proc/net/${family}_tables_names`) ?? '').split('\n').map((name) => ({ family, name: name.trim() })),
  );
  return names.filter(({ name }) => name !== '').map(({ family, name }) => `${family} ${name}`);
}

function ebpfInterface(read: (path: string) => string | null): string | null {
  const devices = read('/proc/net/dev') ?? '';
  return EBPF_INTERFACES.find((name) => devices.includes(`${name}:`)) ?? null;
}

/** The first number with dots in a text, as numbers. */
function numbers(text: string): number[] {
  return (/\d+(?:\.\d+)+/u.exec(text)?.[0] ?? '0').split('.').map(Number);
}

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  for (const [place, least] of other.entries()) {
    const own = version[place] ?? 0;
    if (own !== least) return own < least;
  }
  return false;
}

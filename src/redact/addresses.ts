/**
 * Other addresses for those of a recording. Two that share their first n bits still share exactly n, so an address is in the same subnets,
 * podCIDRs and ipBlocks as before; the smaller of two stays the smaller; and each stays in its range of well-known addresses: private ones
 * private, loopback, link-local (169.254.169.254) and multicast themselves. Pure.
 */
import ipaddr from 'ipaddr.js';
import type { Address } from './pieces.ts';
import type { Random } from './random.ts';

export interface AddressMap {
  there(seen: SeenAddress): Address;
  back(seen: SeenAddress): Address;
}

/** Of a CIDR the bits before `prefix`. */
export interface SeenAddress {
  readonly address: Address;
  readonly prefix: number | null;
}

/** Ranges by ipaddr.js' names that mean the same to every machine, and tell nothing; `reserved` is what documentation uses (RFC 5737, 3849). */
const KEPT_RANGES = new Set(['unspecified', 'broadcast', 'multicast', 'loopback', 'reserved']);
/** How many bits make the address one of its range (RFC 1918, 6598, 4193, 4291); of others the first byte stays, so that none comes into such a range. */
const RANGE_BITS: Readonly<Record<string, number>> = { carrierGradeNat: 10, uniqueLocal: 8, unicast: 8, linkLocal: 64 };
const PRIVATE_BITS: Readonly<Record<number, number>> = { 10: 8, 172: 12, 192: 16 };
/** The last byte of a private address stays: that it is .0 or .1 of its subnet is what people look for, and it tells nothing alone. */
const TAIL_BITS = 8;

interface Node {
  children: [Node | null, Node | null];
  isFlipped: boolean;
  isKept: boolean;
}

/** The bits where all addresses of a recording agree are free: only these change, unless they may get another order. */
export function addressMap(seen: readonly SeenAddress[], random: Random, mayReorder: boolean): AddressMap {
  const roots = { ipv4: node(), ipv6: node() };
  for (const { address, prefix } of seen) insert(roots[address.kind()], address, prefix);
  for (const root of [roots.ipv4, roots.ipv6]) flip(root, random, mayReorder);
  const walk = ({ address, prefix }: SeenAddress, isBack: boolean): Address => {
    let at: Node | null = roots[address.kind()];
    const bits = bitsOf(address).map((bit, place) => {
      // What stands after the bits of a CIDR, mostly zeros, is no part of it.
      if (prefix !== null && place >= prefix) return bit;
      const turned: number = at?.isFlipped === true ? 1 - bit : bit;
      at = at?.children[isBack ? turned : bit] ?? null;
      return turned;
    });
    return addressFrom(bits);
  };
  return { there: (each) => walk(each, false), back: (each) => walk(each, true) };
}

/** It means the same to everybody: the range of a whole kind of addresses, or an address that every machine knows. */
export function isWellKnown({ address, prefix }: SeenAddress): boolean {
  if (isKept(address)) return true;
  return prefix !== null && prefix <= fixedBits(address);
}

function insert(root: Node, address: Address, prefix: number | null): void {
  const bits = bitsOf(address);
  const range = address.range();
  const fixed = isKept(address) ? bits.length : fixedBits(address);
  const tail = range === 'unicast' || range === 'linkLocal' ? bits.length : bits.length - TAIL_BITS;
  let at = root;
  for (const [place, bit] of bits.slice(0, prefix ?? bits.length).entries()) {
    if (place < fixed || place >= tail) at.isKept = true;
    const next: Node = at.children[bit === 1 ? 1 : 0] ?? node();
    at.children[bit === 1 ? 1 : 0] = next;
    at = next;
  }
}

/** IPv6's link-local addresses hold what machines are told apart by; IPv4's are the cloud's metadata and DNS (RFC 3927). */
function isKept(address: Address): boolean {
  const range: string = address.range();
  return KEPT_RANGES.has(range) || (range === 'linkLocal' && address.kind() === 'ipv4');
}

function fixedBits(address: Address): number {
  const range: string = address.range();
  if (range === 'private') return PRIVATE_BITS[address.toByteArray()[0] ?? 0] ?? 16;
  return RANGE_BITS[range] ?? (address.kind() === 'ipv4' ? 24 : 16);
}

function flip(start: Node, random: Random, mayReorder: boolean): void {
  const stack = [start];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const [zero, one] = at.children;
    const isForked = zero !== null && one !== null;
    const isEnd = zero === null && one === null;
    at.isFlipped = !at.isKept && (mayReorder || !isForked) && !isEnd && random(2) === 1;
    stack.push(...[one, zero].filter((child) => child !== null));
  }
}

function node(): Node {
  return { children: [null, null], isFlipped: false, isKept: false };
}

function bitsOf(address: Address): number[] {
  return address.toByteArray().flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => (byte >> shift) & 1));
}

function addressFrom(bits: readonly number[]): Address {
  const bytes = Array.from({ length: bits.length / 8 }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((sum, bit) => sum * 2 + bit, 0),
  );
  return ipaddr.fromByteArray(bytes);
}

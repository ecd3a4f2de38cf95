/** Addresses and blocks of addresses, IPv4 and IPv6. */
import ipaddr from 'ipaddr.js';
import { NO, YES, allOf, matchIf, unknown } from './match.ts';
import type { Match } from './match.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address as policies compare it: an IPv4 address mapped into IPv6 is the IPv4 address. null: not an address. */
function parse(text: string): Address | null {
  if (text.includes(':')) return ipaddr.IPv6.isValid(text) && !text.includes('%') ? ipaddr.process(text) : null;
  return isPlainIpv4(text) ? ipaddr.IPv4.parse(text) : null;
}

/**
 * Four decimal numbers without leading zeros: other spellings (octal, hexadecimal, fewer parts) are read differently by
 * different software, so they are not read at all.
 */
function isPlainIpv4(text: string): boolean {
  return /^(?:(?:0|[1-9]\d{0,2})(?:\.|$)){4}$/.test(text) && !text.endsWith('.') && ipaddr.IPv4.isValid(text);
}

export type Family = 'ipv4' | 'ipv6';

/** null: not an address. */
export function familyOf(address: string): Family | null {
  return parse(address)?.kind() ?? null;
}

export function isSameAddress(a: string, b: string): boolean {
  return a === b || (parse(a)?.toString() ?? a) === (parse(b)?.toString() ?? b);
}

/** The block that holds one address and no other: /32 or /128. null: not an address. */
export function blockOf(address: string): string | null {
  const parsed = parse(address);
  return parsed === null ? null : `${parsed.toString()}/${parsed.kind() === 'ipv4' ? 32 : 128}`;
}

/** Whether a NetworkPolicy's ipBlock holds an address (policy reference S8). */
export function inIpBlock(address: string, block: { cidr: string; except?: readonly string[] | undefined }): Match {
  const exceptions = (block.except ?? []).map((cidr) => not(inCidr(address, cidr)));
  return allOf([inCidr(address, block.cidr), ...exceptions]);
}

function inCidr(address: string, cidr: string): Match {
  const parsed = parse(address);
  if (parsed === null) return unknown(`“${address}” is not an address`);
  const [base = '', bits = ''] = cidr.split('/');
  const network = parse(base);
  const length = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (network === null || !(length <= (network.kind() === 'ipv4' ? 32 : 128))) {
    return unknown(`“${cidr}” is not a CIDR block`);
  }
  return matchIf(parsed.kind() === network.kind() && parsed.match(network, length));
}

function not(match: Match): Match {
  if (match.is === 'unknown') return match;
  return match.is === 'yes' ? NO : YES;
}

/**
 * Rules are written once, in nft's words for IPv4; here are those for IPv6. The addresses in them are of their family
 * already. Pure.
 */
import type { Family } from '../model.ts';
import type { Tables } from './rule-writer.ts';

/** The 40 bytes of the header, which `ip6 length` leaves out and `ip length` holds (RFC 8200, section 3; RFC 791). */
const IPV6_HEADER = 40;

const IPV6_WORDS: readonly (readonly [RegExp, string | ((...matched: string[]) => string)])[] = [
  [/\bip (?=saddr|daddr|dscp)/gu, 'ip6 '],
  [/\bip length > (\d+)/gu, (_, bytes = '') => `ip6 length > ${Number(bytes) - IPV6_HEADER}`],
  [/\bicmp type\b/gu, 'icmpv6 type'],
  [/\btype ipv4_addr\b/gu, 'type ipv6_addr'],
];

/** Bodies of tables by name, for a namespace's tables of one family. */
export function inFamily(family: Family, tables: Readonly<Record<string, string>>): Tables {
  const word = family === 'IPv6' ? 'ip6' : 'ip';
  return Object.fromEntries(
    Object.entries(tables).map(([name, body]) => [`${word} ${name}`, family === 'IPv6' ? inIpv6(body) : body]),
  );
}

function inIpv6(body: string): string {
  return IPV6_WORDS.reduce(
    (text, [from, to]) => (typeof to === 'string' ? text.replace(from, to) : text.replace(from, to)),
    body,
  );
}

/** An address as part of a chain's name, where nft allows no colon (kube-proxy writes them so too). */
export function inName(address: string): string {
  return address.replaceAll(':', '.');
}

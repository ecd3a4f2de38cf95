/**
 * What the text of one packet filter rule says of itself. Rules come as nft prints them, and those of iptables sometimes as iptables-save does,
 * since nft leaves their comments out.
 */
import { familyOf } from '../policy/address.ts';

/** null: it has none. */
export function commentOf(rule: string): string | null {
  const found = /\bcomment "((?:[^"\\]|\\.)*)"/.exec(rule)?.[1] ?? /\/\* (.*?) \*\//.exec(rule)?.[1];
  const word = found ?? /--comment ([^\s"]+)/.exec(rule)?.[1];
  return word?.replaceAll(/\\?"/g, '').trim() ?? null;
}

export type Side = 'saddr' | 'daddr';

const OPTION = { saddr: '-s', daddr: '-d' } as const;

/** The one address that the rule asks of the packet; null: it asks for none, for several, or for any but this one. */
export function addressIn(rule: string, side: Side): string | null {
  const found =
    new RegExp(`\\bip6? ${side} (\\S+)`).exec(rule)?.[1] ??
    new RegExp(`(?:^|[^!] |^ )${OPTION[side]} (\\S+)`).exec(rule)?.[1];
  const address = found?.replace(/\/(?:32|128)$/, '');
  return address === undefined || familyOf(address) === null ? null : address;
}

/** The one destination port that the rule asks for; null: none, or several. */
export function portIn(rule: string): number | null {
  const found = /\bdport (\d{1,5})(?![\d-])/.exec(rule)?.[1];
  return found === undefined ? null : Number(found);
}

export interface Endpoint {
  readonly address: string;
  /** null: the packet keeps its own. */
  readonly port: number | null;
}

/** Where the rule sends the packet instead (DNAT); null: it leaves the destination alone. */
export function translationIn(rule: string): Endpoint | null {
  const found =
    /(?:\bdnat(?: ip6?)? to|--to-destination) (?:\[([^\]\s]+)\]|([\d.]+|[\da-f:]+(?=\s|$)))(?::(\d{1,5}))?/i.exec(rule);
  const address = found?.[1] ?? found?.[2];
  if (address === undefined || familyOf(address) === null) return null;
  return { address, port: found?.[3] === undefined ? null : Number(found[3]) };
}

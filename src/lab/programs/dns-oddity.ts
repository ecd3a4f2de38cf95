/** What makes one DNS server of the lab different from its siblings. Pure. */

export interface DnsOddity {
  /** Numbers of the types of questions (RFC 1035, section 3.2.2; RFC 3596) that it never answers. */
  readonly ignoredTypes: readonly number[];
  /** Full names, without trailing dot, that it has not heard of, nor of those below. */
  readonly forgottenNames: readonly string[];
  /** For names under these domains it answers so late, milliseconds; the domain `.` has all names but those of the cluster. */
  readonly slowDomains: readonly { readonly domain: string; readonly ms: number }[];
  /** Every name under these domains that nobody else knows has this address. */
  readonly wildcards: readonly { readonly domain: string; readonly address: string }[];
  /** Full names of which it gives no address by UDP, for the answer were too long. */
  readonly truncatedNames: readonly string[];
  /** Full names whose addresses it remembers from before. */
  readonly staleAddresses: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

export const NO_ODDITY: DnsOddity = {
  ignoredTypes: [],
  forgottenNames: [],
  slowDomains: [],
  wildcards: [],
  truncatedNames: [],
  staleAddresses: [],
};

const CLUSTER_DOMAIN = 'cluster.local';

export function isForgotten(name: string, { forgottenNames }: DnsOddity): boolean {
  return forgottenNames.some((forgotten) => isUnder(name, forgotten));
}

/** Milliseconds by which the answer for this name is late. */
export function delayOf(name: string, { slowDomains }: DnsOddity): number {
  const own = slowDomains.filter(({ domain }) =>
    domain === '.' ? !isUnder(name, CLUSTER_DOMAIN) : isUnder(name, domain),
  );
  return Math.max(0, ...own.map(({ ms }) => ms));
}

/** The addresses that only this server has for a name; undefined: it knows what its siblings know. */
export function staleAddressesOf(name: string, { staleAddresses }: DnsOddity): readonly string[] | undefined {
  return staleAddresses.find((stale) => stale.name === name)?.addresses;
}

/** The address that a wildcard gives to a name that nobody else knows; undefined where none covers it. */
export function wildcardAddress(name: string, { wildcards }: DnsOddity): string | undefined {
  return wildcards.find(({ domain }) => name !== domain && isUnder(name, domain))?.address;
}

function isUnder(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

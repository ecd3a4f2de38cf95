/** What makes one DNS server of the lab different from its siblings. */

export interface DnsOddity {
  /** Numbers of the types of questions (RFC 1035, section 3.2.2; RFC 3596) that it never answers. */
  readonly ignoredTypes: readonly number[];
  /** Full names, without trailing dot, that it has not heard of, nor of those below. */
  readonly forgottenNames: readonly string[];
}

export function isForgotten(name: string, { forgottenNames }: DnsOddity): boolean {
  return forgottenNames.some((forgotten) => name === forgotten || name.endsWith(`.${forgotten}`));
}

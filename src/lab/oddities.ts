/** In what single replicas of DNS and ingress differ from their siblings. Pure. */
import type { DnsOddity } from './programs/dns-oddity.ts';
import type { KubeObject } from './model.ts';

/** By the replica's host name. */
export interface Oddities {
  readonly dns: ReadonlyMap<string, DnsOddity>;
  /** Hosts of Ingresses that it has not loaded. */
  readonly forgottenHosts: ReadonlyMap<string, readonly string[]>;
}

export const NO_ODDITIES: Oddities = { dns: new Map(), forgottenHosts: new Map() };

/** Where a replica finds what is meant for it alone; the shims know this form as well. */
export function ownFile(file: string, hostname: string): string {
  return `${file}.of-${hostname}`;
}

/** The Ingresses as someone knows them who has never heard of these hosts. */
export function withoutHosts(ingresses: readonly KubeObject[], hosts: readonly string[]): KubeObject[] {
  return ingresses.map((ingress) => {
    const rules: { host?: string }[] = ingress['spec']?.rules ?? [];
    const known = rules.filter(({ host }) => host === undefined || !hosts.includes(host));
    return { ...ingress, spec: { ...ingress['spec'], rules: known } };
  });
}

/** The ranges that ClusterIPs are taken from. Pure. */
import ipaddr from 'ipaddr.js';
import type { ApiObject } from '../api/cluster-client.ts';
import { textsAt } from '../api/fields.ts';
import type { Service } from '../model/cluster.ts';

/**
 * As the ServiceCIDR objects say (networking.k8s.io/v1, from Kubernetes 1.33); else what all ClusterIPs of a family share, which
 * is no more than a part of the range: what lies in it is certainly in the range, what does not may be too.
 */
export function knownServiceRanges(serviceCidrs: readonly ApiObject[], services: readonly Service[]): string[] {
  const said = serviceCidrs
    .flatMap((each) => textsAt(each, 'spec', 'cidrs'))
    .filter((each) => ipaddr.isValidCIDR(each));
  if (said.length > 0) return [...new Set(said)];
  const known = services.flatMap(({ clusterIps }) => clusterIps).map((ip) => ipaddr.parse(ip));
  return [...Map.groupBy(known, (ip) => ip.kind()).values()].flatMap(sharedRange);
}

export function isInRanges(address: string, ranges: readonly string[]): boolean {
  const ip = ipaddr.parse(address);
  return ranges.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range);
    return network.kind() === ip.kind() && ip.match(network, bits);
  });
}

/** The smallest range that holds all of these; none of a single address, which says nothing of its neighbours. */
function sharedRange(addresses: readonly (ipaddr.IPv4 | ipaddr.IPv6)[]): string[] {
  const [first, ...others] = addresses.map((each) => each.toByteArray());
  if (first === undefined || others.length === 0) return [];
  const bits = Math.min(...others.map((other) => sharedBits(first, other)));
  return bits === first.length * 8 ? [] : [`${ipaddr.fromByteArray(first).toString()}/${bits}`];
}

function sharedBits(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? a.length * 8 : at * 8 + Math.clz32((a[at] ?? 0) ^ (b[at] ?? 0)) - 24;
}

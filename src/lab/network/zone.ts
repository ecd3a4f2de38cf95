/** The names of the cluster's domain, from Services and EndpointSlices (Kubernetes DNS specification 1.1.0). Pure. */
import { servicePorts, slicesOf } from './service-ports.ts';
import type { KubeObject } from '../model.ts';

/** Addresses of all families by full name without trailing dot; an empty list is a name that exists without an address. */
export type Zone = Readonly<Record<string, readonly string[]>>;

/** All names that the cluster's DNS servers answer, one list of addresses each. */
export function clusterZone(services: readonly KubeObject[], slices: readonly KubeObject[], domain: string): Zone {
  const zone = new Map<string, string[]>();
  const add = (name: string, addresses: readonly string[]) =>
    zone.set(name, [...new Set([...(zone.get(name) ?? []), ...addresses])]);
  for (const service of services) {
    const name = `${service.metadata.name}.${service.metadata.namespace}.svc.${domain}`;
    const clusterIps: string[] = (service['spec']?.clusterIPs ?? [service['spec']?.clusterIP]).filter(Boolean);
    if (service['spec']?.type === 'ExternalName') continue;
    if (!clusterIps.includes('None')) {
      add(name, clusterIps);
      continue;
    }
    const backends = headlessBackends(service, slices);
    add(
      name,
      backends.map(({ address }) => address),
    );
    for (const { address, hostname } of backends)
      add(`${hostname ?? address.replaceAll(/[.:]/gu, '-')}.${name}`, [address]);
  }
  for (const parent of [...zone.keys()].flatMap(parents)) add(parent, []);
  return Object.fromEntries(zone);
}

/** A headless Service may have no port at all; its slices then list addresses only. */
function headlessBackends(service: KubeObject, slices: readonly KubeObject[]) {
  const byPort = servicePorts(service, slices, null).flatMap(({ backends }) => backends);
  if (byPort.length > 0) return byPort;
  return slicesOf(service, slices)
    .flatMap(
      (slice): { addresses: string[]; hostname?: string; conditions?: { ready?: boolean } }[] =>
        slice['endpoints'] ?? [],
    )
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses, hostname }) => addresses.map((address) => ({ address, hostname: hostname ?? null })));
}

/** `shop.svc.cluster.local` exists once a Service lives in it: no data, but not an unknown name either. */
function parents(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join('.'));
}

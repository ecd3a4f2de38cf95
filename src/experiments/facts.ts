/** What experiments ask of a cluster and a target. Pure. */
import ipaddr from 'ipaddr.js';
import type { Cluster, ObjectName, Pod } from '../model/cluster.ts';
import { named } from '../model/named.ts';
import { domainOf } from '../model/resolver.ts';
import type { Target } from '../model/target.ts';
import { endpointsOf } from '../model/service-slices.ts';
import { writtenNameOf } from '../model/written-name.ts';

/** Who answers for the target: ready endpoints, for the others get no traffic; a pod or address that was asked for by itself as it is. */
export function backendsOf(target: Target): Target['direct'] {
  return target.service?.backends.filter((backend) => backend.ready) ?? target.direct;
}

export function podNamed(cluster: Cluster, name: ObjectName | null): Pod | null {
  return named(cluster.pods, name);
}

/** The pods behind the cluster's DNS Service. */
export function dnsPods(cluster: Cluster): Pod[] {
  const service = cluster.dnsService;
  if (service === null) return [];
  const names = endpointsOf(cluster, service).map((endpoint) => endpoint.pod);
  return cluster.pods.filter((pod) =>
    names.some((name) => name?.namespace === pod.namespace && name.name === pod.name),
  );
}

/** A name that a client has to resolve, as it would write it and with its domain. */
export interface AskedName {
  readonly written: string;
  readonly full: string;
}

/** null: the target was asked for by an address, and needs no DNS. */
export function nameOfTarget(cluster: Cluster, target: Target): AskedName | null {
  if (target.kind === 'service' && target.service !== null) {
    if (target.host === null) return null;
    if (!isItsName(target.host, target.service)) return asWritten(target.host);
    const own = serviceName(cluster, target.service);
    // By how many dots it is written decides through how much of a search list it goes.
    return writtenNameOf(target) === null ? own : { ...own, written: target.host };
  }
  if (target.host === null || ipaddr.isValid(target.host)) return null;
  return asWritten(target.host);
}

function asWritten(host: string): AskedName {
  return { written: host, full: host };
}

/** In any of its forms; anything else is another word for it, as an alias is, which has to be resolved itself. */
function isItsName(host: string, { namespace, name }: ObjectName): boolean {
  const [first = '', second = namespace, third = 'svc'] = host.toLowerCase().split('.');
  return first === name && second === namespace && third === 'svc';
}

/** Written without the domain on purpose: a lookup then walks the search list, as an application's does. */
export function serviceName(cluster: Cluster, { namespace, name }: ObjectName): AskedName {
  const written = `${name}.${namespace}.svc`;
  return { written, full: `${written}.${domainOf(cluster)}` };
}

/** The same list, begun elsewhere. */
export function rotate<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

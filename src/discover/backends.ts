/** A Service and one of its ports → the places that answer for it, from its EndpointSlices. */
import ipaddr from 'ipaddr.js';
import type { Cluster, Service, ServicePort } from '../model/cluster.ts';
import type { Backend, ServiceTarget } from '../model/target.ts';
import { slicesOf } from '../model/service-slices.ts';

/** `isUntranslated`: asked for by name, and what the name leads to are the pods themselves, at the port that the client chose. */
export function serviceTarget(
  cluster: Cluster,
  service: Service,
  port: ServicePort,
  isUntranslated = false,
): ServiceTarget {
  const [clusterIp = null] = service.clusterIps;
  const found = backendsOf(cluster, service, port);
  const all = isUntranslated ? found.map((backend) => ({ ...backend, port: port.port })) : found;
  const [first] = clusterIp === null ? all.map(({ address }) => address) : [clusterIp];
  const isOther = (address: string) =>
    first !== undefined && ipaddr.parse(address).kind() !== ipaddr.parse(first).kind();
  const others = all.filter(({ address }) => isOther(address));
  const otherIp = service.clusterIps.find(isOther) ?? null;
  return {
    namespace: service.namespace,
    name: service.name,
    clusterIp,
    port: port.port,
    protocol: port.protocol === 'UDP' ? 'UDP' : 'TCP',
    backends: all.filter(({ address }) => !isOther(address)),
    ...(others.length === 0 && otherIp === null ? {} : { other: { clusterIp: otherIp, backends: others } }),
  };
}

/** An address may stand in two slices while it moves between them: once is enough, as ready if one says so. */
function backendsOf(cluster: Cluster, service: Service, port: ServicePort): Backend[] {
  const found = new Map<string, Backend>();
  for (const slice of slicesOf(cluster, service)) {
    const target = slice.ports.find(({ name, protocol }) => name === port.name && protocol === port.protocol);
    if (target === undefined) continue;
    for (const { address, ready, terminating, node, pod, hints } of slice.endpoints) {
      if (terminating && !ready) continue;
      const key = `${address} ${target.port}`;
      if (!ready && found.has(key)) continue;
      const hinted = hints === undefined ? {} : { hints };
      found.set(key, { address, port: target.port, ready, node, pod, slice: slice.name, ...hinted });
    }
  }
  return [...found.values()];
}

export function findService(cluster: Cluster, namespace: string, name: string): Service | null {
  return cluster.services.find((each) => each.namespace === namespace && each.name === name) ?? null;
}

/** By number or by name; the only one, or the one for http, where none is asked for. */
export function findPort(service: Service, asked: string | number | null): ServicePort | null {
  if (asked === null) {
    return service.ports.length === 1 ? (service.ports[0] ?? null) : (service.ports.find(isHttp) ?? null);
  }
  return service.ports.find(({ name, port }) => name === asked || port === Number(asked)) ?? null;
}

/** Its name leads to the addresses of its pods, and nothing between client and pod changes a port. */
export function isHeadless({ type, clusterIps }: Service): boolean {
  return type !== 'ExternalName' && clusterIps.length === 0;
}

/** The port that a client of a headless Service chose, with the name by which its slices list pods: that of the Service's port of this number, that it is translated to elsewhere, or of the first. */
export function untranslatedPort(service: Service, asked: string | null): ServicePort | null {
  const number = Number(asked ?? Number.NaN);
  if (!Number.isInteger(number)) return findPort(service, asked);
  const tcp = service.ports.filter(({ protocol }) => protocol === 'TCP');
  const like = findPort(service, asked) ?? tcp.find(({ targetPort }) => targetPort === number) ?? tcp[0] ?? null;
  return like === null ? null : { ...like, port: number };
}

function isHttp({ name, port }: ServicePort): boolean {
  return name === 'http' || port === 80;
}

export function sayPort({ name, port, protocol }: ServicePort): string {
  return `${port}${name === null ? '' : ` (${name})`}${protocol === 'TCP' ? '' : `/${protocol}`}`;
}

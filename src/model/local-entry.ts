/** Entries of Services at the ports of nodes, by externalTrafficPolicy: Local passes what comes from outside to the node's own endpoints alone. Pure. */
import type { Cluster, Service } from './cluster.ts';
import type { Entry } from './target.ts';
import { endpointsOf } from './service-slices.ts';

/** Such a Service behind a port of a node; null: the entry is another Service's, or no NodePort at all. */
export function localServiceAt(cluster: Facts, entry: Asked): Service | null {
  const found = nodePortServiceAt(cluster, entry);
  return found?.externalTrafficPolicy === 'Local' ? found : null;
}

/** The same where it may send to every node: a node that does puts its own address in place of the client's, so that answers come back by it. */
export function sharedServiceAt(cluster: Facts, entry: Asked): Service | null {
  const found = nodePortServiceAt(cluster, entry);
  return found?.externalTrafficPolicy === 'Cluster' ? found : null;
}

type Facts = Pick<Cluster, 'nodes' | 'services'>;
type Asked = Pick<Entry, 'address' | 'port'>;

function nodePortServiceAt({ nodes, services }: Facts, { address, port }: Asked): Service | null {
  if (!nodes.some(({ addresses }) => addresses.includes(address))) return null;
  const isIt = (each: Service['ports'][number]) => each.nodePort === port && each.protocol === 'TCP';
  return services.find(({ ports }) => ports.some(isIt)) ?? null;
}

/** Nodes that have a ready endpoint of it, in the order of the slices. */
export function nodesServing(
  cluster: Pick<Cluster, 'endpointSlices'>,
  service: Pick<Service, 'namespace' | 'name'>,
): string[] {
  const ready = endpointsOf(cluster, service).filter((endpoint) => endpoint.ready);
  return [...new Set(ready.flatMap(({ node }) => node ?? []))];
}

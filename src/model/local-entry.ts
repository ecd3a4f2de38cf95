/** Entries of Services whose externalTrafficPolicy is Local: nodes that pass what comes from outside to their own endpoints alone. Pure. */
import type { Cluster, Service } from './cluster.ts';
import type { Entry } from './target.ts';
import { endpointsOf } from './service-slices.ts';

/** Such a Service behind a port of a node; null: the entry is another Service's, or no NodePort at all. */
export function localServiceAt(
  { nodes, services }: Pick<Cluster, 'nodes' | 'services'>,
  { address, port }: Pick<Entry, 'address' | 'port'>,
): Service | null {
  if (!nodes.some(({ addresses }) => addresses.includes(address))) return null;
  const found = services.find(({ ports }) =>
    ports.some(({ nodePort, protocol }) => nodePort === port && protocol === 'TCP'),
  );
  return found?.externalTrafficPolicy === 'Local' ? found : null;
}

/** Nodes that have a ready endpoint of it, in the order of the slices. */
export function nodesServing(
  cluster: Pick<Cluster, 'endpointSlices'>,
  service: Pick<Service, 'namespace' | 'name'>,
): string[] {
  const ready = endpointsOf(cluster, service).filter((endpoint) => endpoint.ready);
  return [...new Set(ready.flatMap(({ node }) => node ?? []))];
}

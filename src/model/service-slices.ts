/** The EndpointSlices of one Service: a Service of many endpoints has several. */
import type { EndpointSlice, ObjectName } from './cluster.ts';

interface WithSlices {
  readonly endpointSlices: readonly EndpointSlice[];
}

export function slicesOf({ endpointSlices }: WithSlices, { namespace, name }: ObjectName): EndpointSlice[] {
  return endpointSlices.filter((slice) => slice.namespace === namespace && slice.service === name);
}

/** In the order of the slices; an address that moves between two stands in both. */
export function endpointsOf(cluster: WithSlices, service: ObjectName): EndpointSlice['endpoints'][number][] {
  return slicesOf(cluster, service).flatMap(({ endpoints }) => endpoints);
}

/** The part of a cluster that a matrix is about: a recording of thousands of nodes need not carry every pod on them. */
import { dnsPods } from '../../experiments/facts.ts';
import type { Cluster } from '../../model/cluster.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE } from '../agents.ts';

/** The named nodes, the DNS servers, and the policies over both ends of what is measured. */
export function meshCluster(cluster: Cluster, names: ReadonlySet<string>): Cluster {
  const { dnsService } = cluster;
  const isDns = (named: { namespace: string; name: string }) =>
    named.namespace === dnsService?.namespace && named.name === dnsService.name;
  const namespaces = new Set([CONTROL_NAMESPACE, HOST_NAMESPACE, dnsService?.namespace]);
  return {
    ...cluster,
    nodes: cluster.nodes.filter(({ name }) => names.has(name)),
    pods: dnsPods(cluster),
    services: cluster.services.filter(isDns),
    endpointSlices: cluster.endpointSlices.filter(({ namespace, service }) => isDns({ namespace, name: service })),
    networkPolicies: cluster.networkPolicies.filter(({ namespace }) => namespaces.has(namespace)),
    routes: [],
    controllers: [],
    ingressClasses: [],
  };
}

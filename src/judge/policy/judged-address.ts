/** Which address of a node's own network an engine compares with the rules of a pod: not always the one that the pod sees. */
import type { Cluster } from '../../model/cluster.ts';
import { derived } from '../derived.ts';
import { engineOf } from './engines.ts';
import { hostAddresses } from './host-addresses.ts';

export interface HostFlow {
  readonly cluster: Cluster;
  /** Of the client on the host network; null: not known. */
  readonly fromNode: string | null;
  readonly toNode: string | null;
  /** Addresses by which pods of `toNode` saw this client come straight to them; empty: not measured. */
  readonly seen: readonly string[];
  readonly throughService: boolean;
}

/**
 * From another node, the address that arrives: the source was rewritten before the packet left, whatever the engine. On the own
 * node, some engines judge before a Service's way rewrites it (policy reference 7, consequence 1). Empty: not known.
 */
export function judgedAddresses({ cluster, fromNode, toNode, seen, throughService }: HostFlow): readonly string[] {
  const isOwnNode = fromNode !== null && fromNode === toNode;
  if (isOwnNode && throughService && engineOf(cluster.networking).ownNodeThroughService === 'node-address') {
    return cluster.nodes.find((node) => node.name === fromNode)?.addresses ?? [];
  }
  if (seen.length > 0 || isOwnNode || fromNode === null) return seen;
  return expectedOf(cluster).get(fromNode) ?? [];
}

/** By node: under which addresses it must be expected elsewhere. */
const expectedOf = derived(
  (cluster: Cluster) => new Map(cluster.nodes.map((node) => [node.name, hostAddresses(cluster, node)])),
);

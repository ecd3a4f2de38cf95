/** Under which addresses a node's own network shows itself on other nodes (policy reference 1.1 and 1.2). */
import type { Cluster, Node } from '../../model/cluster.ts';

/**
 * All that another node may see, as far as the CNI makes it certain: what holds for each of them holds for the node. Empty
 * where even that is not known. Measured addresses are better and need none of this.
 */
export function hostAddresses({ networking }: Pick<Cluster, 'networking'>, node: Node): readonly string[] {
  const { cni, encapsulation } = networking;
  if (cni === 'unknown') return [];
  // kube-router's tunnel routes carry the node's address as their source.
  if (encapsulation === 'native' || encapsulation === 'none' || cni === 'kube-router') return node.addresses;
  if (node.overlayAddresses.length === 0) return [];
  // Calico's CrossSubnet mode encapsulates between some nodes only.
  const isPartlyNative = cni === 'calico' || encapsulation === 'unknown';
  return isPartlyNative ? [...node.overlayAddresses, ...node.addresses] : node.overlayAddresses;
}

/** Under which addresses a node's own network shows itself on other nodes (policy reference 1.1 and 1.2). */
import type { Cluster, Node } from '../../model/cluster.ts';

/**
 * All that another node may see, as far as the CNI makes it certain: what holds for each of them holds for the node. Empty
 * where even that is not known. Measured addresses are better and need none of this.
 */
export function hostAddresses({ networking }: Pick<Cluster, 'networking'>, node: Node): readonly string[] {
  const { cni, encapsulation } = networking;
  const { addresses, overlayAddresses } = node;
  if (cni === 'unknown') return [];
  // kube-router's tunnel routes carry the node's address as their source.
  if (cni === 'kube-router') return addresses;
  const isNative = encapsulation === 'native' || encapsulation === 'none';
  // Calico's CrossSubnet mode encapsulates between some nodes only; Antrea routes by its gateway's address or the node's.
  const mayBeBoth = encapsulation === 'unknown' || (isNative ? cni === 'antrea' : cni === 'calico');
  if (isNative && !mayBeBoth) return addresses;
  if (overlayAddresses.length === 0) return [];
  return mayBeBoth ? [...overlayAddresses, ...addresses] : overlayAddresses;
}

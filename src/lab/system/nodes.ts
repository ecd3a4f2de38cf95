/** What is said of nodes by others than their kubelets: the controller manager's pod ranges, the network plugin's notes. */
import type { NodeAddresses } from '../network/address-plan.ts';
import type { Manifest } from '../scenario/manifest.ts';
import type { Family, Topology } from '../model.ts';

const PUBLIC_ADDRESS: Readonly<Record<Family, string>> = {
  IPv4: 'flannel.alpha.coreos.com/public-ip',
  IPv6: 'flannel.alpha.coreos.com/public-ipv6',
};

/** A Node object before its kubelet registers it. */
export function nodeManifest(node: NodeAddresses, { overlay }: Topology): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      annotations: {
        'flannel.alpha.coreos.com/backend-type': overlay,
        'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
        ...Object.fromEntries(node.stacks.map(({ family, address }) => [PUBLIC_ADDRESS[family], address])),
      },
    },
    spec: { podCIDR: node.podRange, podCIDRs: node.stacks.map(({ podRange }) => podRange) },
  };
}

/** By its version alone k3s shows that flannel and kube-router's policy controller are inside the node's own binary. */
export function kubeletVersion(profile: Topology['profile']): string {
  return profile === 'k3s' ? 'v1.34.1+k3s1' : 'v1.34.1';
}

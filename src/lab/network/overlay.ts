/** How pods of different nodes reach each other. */
import { VXLAN_PORT, type NodeAddresses } from './address-plan.ts';
import type { Topology } from '../model.ts';

/** What VXLAN's headers take from an MTU of 1500 (RFC 7348: 50 bytes over IPv4). */
const VXLAN_MTU = 1450;
const ETHERNET_MTU = 1500;

export function podMtu(overlay: Topology['overlay']): number {
  return overlay === 'vxlan' ? VXLAN_MTU : ETHERNET_MTU;
}

/** Commands for `ip -batch` (routes) and `bridge -batch` in a node's namespace. */
export function overlayCommands(
  node: NodeAddresses,
  nodes: readonly NodeAddresses[],
  overlay: Topology['overlay'],
): { routes: string[]; bridge: string[] } {
  const others = nodes.filter((other) => other !== node);
  switch (overlay) {
    case 'host-gw':
      return { routes: others.map((other) => `route add ${other.podRange} via ${other.address}`), bridge: [] };
    case 'vxlan':
      return {
        routes: [...deviceCommands(node), ...others.flatMap(peerCommands)],
        bridge: others.map((other) => `fdb append ${other.overlayMac} dev flannel.1 dst ${other.address}`),
      };
    default:
      return overlay satisfies never;
  }
}

/** One device that carries the node's overlay address, the first of its pod range, as flannel makes it. */
function deviceCommands(node: NodeAddresses): string[] {
  return [
    `link add flannel.1 address ${node.overlayMac} mtu ${VXLAN_MTU} type vxlan id 1 dev eth0 dstport ${VXLAN_PORT} nolearning`,
    `address add ${node.overlayAddress}/32 dev flannel.1`,
    'link set flannel.1 up',
  ];
}

/** Everything static, so that no lookup can be lost: neighbour and route here, the forwarding entry by `bridge`. */
function peerCommands(other: NodeAddresses): string[] {
  return [
    `neighbour add ${other.overlayAddress} lladdr ${other.overlayMac} dev flannel.1 nud permanent`,
    `route add ${other.podRange} via ${other.overlayAddress} dev flannel.1 onlink`,
  ];
}

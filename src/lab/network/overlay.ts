/** How pods of different nodes reach each other. */
import { VXLAN_PORT, narrowed, wholeAddress, type NodeAddresses } from './address-plan.ts';
import type { Family, Topology } from '../model.ts';

/** What VXLAN's headers leave of an MTU of 1500 (RFC 7348: 50 bytes over IPv4, and 20 more over IPv6). */
const VXLAN_MTU: Readonly<Record<Family, number>> = { IPv4: 1450, IPv6: 1430 };
const ETHERNET_MTU = 1500;
/** One for each family, as flannel has them; with the same number and port, for theirs are not the same sockets. */
const DEVICES: Readonly<Record<Family, string>> = { IPv4: 'flannel.1', IPv6: 'flannel-v6.1' };

/** A pod has one device for all families: what the narrowest of them carries. */
export function podMtu({ overlay, families }: Pick<Topology, 'overlay' | 'families'>): number {
  return overlay === 'vxlan' ? Math.min(...families.map((family) => VXLAN_MTU[family])) : ETHERNET_MTU;
}

/** Commands for `ip -batch` (routes) and `bridge -batch` in a node's namespace. */
export function overlayCommands(
  node: NodeAddresses,
  nodes: readonly NodeAddresses[],
  overlay: Topology['overlay'],
): { routes: string[]; bridge: string[] } {
  const parts = node.stacks.map((stack, index) =>
    familyCommands(
      narrowed(node, stack),
      nodes.map((other) => narrowed(other, other.stacks[index] ?? other)),
      overlay,
    ),
  );
  return { routes: parts.flatMap(({ routes }) => routes), bridge: parts.flatMap(({ bridge }) => bridge) };
}

function familyCommands(
  node: NodeAddresses,
  nodes: readonly NodeAddresses[],
  overlay: Topology['overlay'],
): { routes: string[]; bridge: string[] } {
  const device = DEVICES[node.family];
  const others = nodes.filter((other) => other.name !== node.name);
  switch (overlay) {
    case 'host-gw':
      return { routes: others.map((other) => `route add ${other.podRange} via ${other.address}`), bridge: [] };
    case 'vxlan':
      return {
        routes: [...deviceCommands(node), ...others.flatMap(peerCommands)],
        bridge: others.map((other) => `fdb append ${other.overlayMac} dev ${device} dst ${other.address}`),
      };
    default:
      return overlay satisfies never;
  }
}

/** One device that carries the node's overlay address, the first of its pod range, as flannel makes it. */
function deviceCommands(node: NodeAddresses): string[] {
  const device = DEVICES[node.family];
  // What it is sent in is IPv4 unless an address says otherwise.
  const outer = node.family === 'IPv6' ? `local ${node.address} ` : '';
  return [
    `link add ${device} address ${node.overlayMac} mtu ${VXLAN_MTU[node.family]} type vxlan id 1 ${outer}dev eth0 dstport ${VXLAN_PORT} nolearning`,
    `address add ${wholeAddress(node.overlayAddress)} dev ${device}${quick(node.family)}`,
    `link set ${device} up`,
  ];
}

/** Everything static, so that no lookup can be lost: neighbour and route here, the forwarding entry by `bridge`. */
function peerCommands(other: NodeAddresses): string[] {
  const device = DEVICES[other.family];
  return [
    `neighbour add ${other.overlayAddress} lladdr ${other.overlayMac} dev ${device} nud permanent`,
    `route add ${other.podRange} via ${other.overlayAddress} dev ${device} onlink`,
  ];
}

/** An IPv6 address is of use at once only where nobody is asked first whether it is taken (RFC 4862, 5.4). */
export function quick(family: Family): string {
  return family === 'IPv6' ? ' nodad' : '';
}

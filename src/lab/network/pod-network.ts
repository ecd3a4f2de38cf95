/** One pod's network namespace and the routed pair of devices between it and its node. */
import {
  POD_GATEWAY,
  POD_GATEWAY_MAC,
  familyOf,
  netnsPath,
  podMac,
  wholeAddress,
  type NodeAddresses,
} from './address-plan.ts';
import { quick } from './overlay.ts';
import { batch, sysctlScript } from './underlay.ts';

export interface PodWiring {
  readonly node: NodeAddresses;
  /** By which the pod's addresses end. */
  readonly host: number;
  /** One for each stack of the node. */
  readonly addresses: readonly string[];
  /** Name of its network namespace. */
  readonly name: string;
  /** Name of the device at the node's end. */
  readonly device: string;
  readonly mtu: number;
}

/**
 * A shell script that makes the namespace and wires it: a route of one address at the node and a link-local gateway in the pod,
 * both with fixed neighbours, so that every packet passes the node's forward hook and no ARP or neighbour discovery can be lost.
 */
export function attachScript({ node, host, addresses, name, device, mtu }: PodWiring): string {
  const mac = podMac(node, host);
  return [
    `ip netns add ${name}`,
    batch(`ip -n ${node.name} -batch -`, [
      `link add ${device} address ${POD_GATEWAY_MAC} mtu ${mtu} type veth peer name eth0 address ${mac} mtu ${mtu} netns ${name}`,
      `link set ${device} up`,
      ...addresses.flatMap((address, index) => [
        `route add ${wholeAddress(address)} dev ${device} src ${(node.stacks[index] ?? node).localAddress}`,
        `neighbour add ${address} lladdr ${mac} dev ${device} nud permanent`,
      ]),
    ]),
    batch(`ip -n ${name} -batch -`, [
      'link set lo up',
      ...addresses.map((address) => `address add ${wholeAddress(address)} dev eth0${quick(familyOf(address))}`),
      'link set eth0 up',
      ...addresses
        .map(familyOf)
        .flatMap((family) => [
          ...(family === 'IPv4' ? [`route add ${POD_GATEWAY[family]} dev eth0 scope link`] : []),
          `route add default via ${POD_GATEWAY[family]} dev eth0`,
          `neighbour add ${POD_GATEWAY[family]} lladdr ${POD_GATEWAY_MAC} dev eth0 nud permanent`,
        ]),
    ]),
    sysctlScript(netnsPath(name), {
      'ipv4/tcp_syn_linear_timeouts': node.synLinearTimeouts,
      // As containerd sets it: any user of a pod may listen on any port.
      'ipv4/ip_unprivileged_port_start': 0,
    }),
  ].join('\n');
}

/** The device goes at once, so that the address is free even while a process still holds the namespace. */
export function detachScript({ node, name, device }: PodWiring): string {
  return `ip -n ${node.name} link delete ${device} || true\nip netns delete ${name} || true`;
}

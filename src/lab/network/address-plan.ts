/** Which address is whose. The plan is the one of flannel's and kubeadm's defaults, so that it looks familiar. */
import type { Topology } from '../model.ts';

/** The lab's own network: where the API server, kprobe itself and the outside world are. */
export const LAB_ADDRESS = '172.30.0.1';
/** Where clouds hand out what a machine may know of itself; here the same web server as anywhere outside. */
export const METADATA_ADDRESS = '169.254.169.254';
export const POD_RANGE = '10.244.0.0/16';
export const SERVICE_RANGE = '10.96.0.0/16';
export const DNS_SERVICE_ADDRESS = '10.96.0.10';
/** flannel's VXLAN port on Linux (flannel, Documentation/backends.md). */
export const VXLAN_PORT = 8472;
/**
 * Local ports from which a kubelet probes its pods: above Linux' ephemeral range (32768-60999), so that faults can let
 * these probes alone. They break paths of the network; a kubelet reaches its own pods without one.
 */
export const KUBELET_PORTS = { first: 61_000, last: 65_535 } as const;
/** A pod's gateway: link-local and the same on every node, as Calico does it, so that each packet is routed by the node. */
export const POD_GATEWAY = '169.254.1.1';
export const POD_GATEWAY_MAC = 'ee:ee:ee:ee:ee:ee';

export interface NodeAddresses {
  readonly name: string;
  /** Counts from 1. */
  readonly number: number;
  /** Path of its network namespace. */
  readonly netns: string;
  /** On the underlay. */
  readonly address: string;
  readonly podRange: string;
  /** What other nodes see as the source of its own traffic to their pods: an address of its own only in an overlay. */
  readonly overlayAddress: string;
  /** What its own pods see as the source of its traffic: on a bridge that of the bridge, else the node's. */
  readonly localAddress: string;
  /** Hardware address of its VXLAN device. */
  readonly overlayMac: string;
  readonly synLinearTimeouts: number;
}

/** The addresses of every node, in the order of the topology. */
export function planNodes({
  nodes,
  overlay,
  profile,
}: Pick<Topology, 'nodes' | 'overlay' | 'profile'>): NodeAddresses[] {
  return nodes.map(({ name, synLinearTimeouts }, index) => {
    const number = index + 1;
    const address = `172.30.0.${10 + number}`;
    return {
      name,
      number,
      netns: netnsPath(name),
      address,
      podRange: `10.244.${number}.0/24`,
      overlayAddress: overlay === 'vxlan' ? `10.244.${number}.0` : address,
      // Calico routes to each pod by itself; flannel, beside which the other engines stand, has a bridge.
      localAddress: profile === 'calico' ? address : `10.244.${number}.1`,
      overlayMac: `02:00:00:00:00:${hex(number)}`,
      synLinearTimeouts,
    };
  });
}

/** The first address that a pod gets is .2: .1 is a bridge's on most clusters, .0 the node's overlay address. */
export const FIRST_POD = 2;
export const LAST_POD = 254;

export function podAddress(node: NodeAddresses, host: number): string {
  return `10.244.${node.number}.${host}`;
}

export function podMac(node: NodeAddresses, host: number): string {
  return `02:01:00:00:${hex(node.number)}:${hex(host)}`;
}

/** Where iproute2 keeps a named network namespace. */
export function netnsPath(name: string): string {
  return `/run/netns/${name}`;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}

/** Which address is whose. The plan is the one of flannel's and kubeadm's defaults, so that it looks familiar. */
import type { Family, Topology } from '../model.ts';

/** What the cluster has in one family. */
export interface Ranges {
  /** The lab's own address: where the API server, kprobe itself and the outside world are. */
  readonly lab: string;
  /** Bits of the network that the lab shares with the nodes. */
  readonly bits: number;
  readonly pods: string;
  readonly services: string;
  readonly apiService: string;
  readonly dnsService: string;
}

/** IPv6 by unique local addresses (RFC 4193) with the same numbers, so that the two of one node or pod are seen to belong together. */
export const RANGES: Readonly<Record<Family, Ranges>> = {
  IPv4: {
    lab: '172.30.0.1',
    bits: 16,
    pods: '10.244.0.0/16',
    services: '10.96.0.0/16',
    apiService: '10.96.0.1',
    dnsService: '10.96.0.10',
  },
  IPv6: {
    lab: 'fd00:30::1',
    bits: 64,
    pods: 'fd00:244::/32',
    services: 'fd00:96::/112',
    apiService: 'fd00:96::1',
    dnsService: 'fd00:96::10',
  },
};

export function familyOf(address: string): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** Where clouds hand out what a machine may know of itself; here the same web server as anywhere outside. */
export const METADATA_ADDRESS = '169.254.169.254';
/** flannel's VXLAN port on Linux (flannel, Documentation/backends.md). */
export const VXLAN_PORT = 8472;
/**
 * Local ports from which a kubelet probes its pods: above Linux' ephemeral range (32768-60999), so that faults can let
 * these probes alone. They break paths of the network; a kubelet reaches its own pods without one.
 */
export const KUBELET_PORTS = { first: 61_000, last: 65_535 } as const;
/** A pod's gateway: link-local and the same on every node, as Calico does it, so that each packet is routed by the node. */
export const POD_GATEWAY: Readonly<Record<Family, string>> = { IPv4: '169.254.1.1', IPv6: 'fe80::1' };
export const POD_GATEWAY_MAC = 'ee:ee:ee:ee:ee:ee';

/** What a node has in one family. */
export interface Stack {
  readonly family: Family;
  /** On the underlay. */
  readonly address: string;
  readonly podRange: string;
  /** What other nodes see as the source of its own traffic to their pods: an address of its own only in an overlay. */
  readonly overlayAddress: string;
  /** What its own pods see as the source of its traffic: on a bridge that of the bridge, else the node's. */
  readonly localAddress: string;
}

/** The stack that it shows by itself is the one of the cluster's first family, or whichever it was narrowed to. */
export interface NodeAddresses extends Stack {
  readonly name: string;
  /** Counts from 1. */
  readonly number: number;
  /** Path of its network namespace. */
  readonly netns: string;
  /** One a family, in the cluster's order. */
  readonly stacks: readonly Stack[];
  /** Hardware address of its VXLAN device. */
  readonly overlayMac: string;
  readonly synLinearTimeouts: number;
}

/** The addresses of every node, in the order of the topology. */
export function planNodes({
  nodes,
  overlay,
  profile,
  families,
}: Pick<Topology, 'nodes' | 'overlay' | 'profile' | 'families'>): NodeAddresses[] {
  const [first, ...others] = families;
  return nodes.map(({ name, synLinearTimeouts }, index) => {
    const number = index + 1;
    const stack = (family: Family) => stackOf(family, number, { overlay, profile });
    return {
      ...stack(first),
      name,
      number,
      netns: netnsPath(name),
      stacks: [first, ...others].map(stack),
      overlayMac: `02:00:00:00:00:${hex(number)}`,
      synLinearTimeouts,
    };
  });
}

function stackOf(family: Family, number: number, { overlay, profile }: Pick<Topology, 'overlay' | 'profile'>): Stack {
  const isSix = family === 'IPv6';
  const address = isSix ? `fd00:30::${10 + number}` : `172.30.0.${10 + number}`;
  const first = isSix ? `fd00:244:${number}::` : `10.244.${number}.0`;
  return {
    family,
    address,
    podRange: isSix ? `${first}/64` : `${first}/24`,
    overlayAddress: overlay === 'vxlan' ? first : address,
    // Calico routes to each pod by itself; flannel, beside which the other engines stand, has a bridge.
    localAddress: profile === 'calico' ? address : hostAddress(family, number, 1),
  };
}

/** The node as makers of rules for one family see it. */
export function narrowed(node: NodeAddresses, stack: Stack): NodeAddresses {
  return { ...node, ...stack };
}

/** The first address that a pod gets is .2: .1 is a bridge's on most clusters, .0 the node's overlay address. */
export const FIRST_POD = 2;
export const LAST_POD = 254;

export function podAddresses({ number, stacks }: NodeAddresses, host: number): string[] {
  return stacks.map(({ family }) => hostAddress(family, number, host));
}

/** The same decimal digits in both families. */
function hostAddress(family: Family, node: number, host: number): string {
  return family === 'IPv6' ? `fd00:244:${node}::${host}` : `10.244.${node}.${host}`;
}

/** Every bit of it. */
export function wholeAddress(address: string): string {
  return `${address}/${familyOf(address) === 'IPv6' ? 128 : 32}`;
}

/** For nft, URLs and configuration files. */
export function atPort(address: string, port: number | string): string {
  return familyOf(address) === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
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

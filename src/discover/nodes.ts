/** Nodes as the API shows them, with the addresses that a node's own traffic carries when it enters the overlay. */
import ipaddr from 'ipaddr.js';
import type { Node } from '../model/cluster.ts';
import type { ApiObject } from '../api/cluster-client.ts';
import { annotationsOf, flagAt, labelsOf, listAt, nameOf, textAt, textsAt } from '../api/fields.ts';

export function readNode(object: ApiObject, cni: string): Node | null {
  const named = nameOf(object);
  if (named === null) return null;
  const addresses = listAt(object, 'status', 'addresses');
  const ready = listAt(object, 'status', 'conditions').find((each) => textAt(each, 'type') === 'Ready');
  const podCidrs = textsAt(object, 'spec', 'podCIDRs');
  const podCidr = textAt(object, 'spec', 'podCIDR');
  return {
    name: named.name,
    addresses: addresses
      .filter((each) => textAt(each, 'type') === 'InternalIP')
      .map((each) => textAt(each, 'address'))
      .filter((address): address is string => address !== null && ipaddr.isValid(address)),
    podCidrs: podCidrs.length > 0 || podCidr === null ? podCidrs : [podCidr],
    overlayAddresses: overlayAddresses(object, cni),
    ready: textAt(ready, 'status') === 'True',
    schedulable: !flagAt(object, 'spec', 'unschedulable'),
    taints: listAt(object, 'spec', 'taints').map((taint) => ({
      key: textAt(taint, 'key') ?? '',
      value: textAt(taint, 'value') ?? '',
      effect: textAt(taint, 'effect') ?? '',
    })),
    zone: labelsOf(object)['topology.kubernetes.io/zone'] ?? null,
    kernel: textAt(object, 'status', 'nodeInfo', 'kernelVersion') ?? 'unknown',
    kubelet: textAt(object, 'status', 'nodeInfo', 'kubeletVersion') ?? 'unknown',
    architecture: textAt(object, 'status', 'nodeInfo', 'architecture') ?? 'unknown',
  };
}

/** Calico's tunnel addresses (calico: libcalico-go/lib/backend/k8s/resources/node.go). */
const CALICO_TUNNELS = [
  'projectcalico.org/IPv4IPIPTunnelAddr',
  'projectcalico.org/IPv4VXLANTunnelAddr',
  'projectcalico.org/IPv6VXLANTunnelAddr',
  'projectcalico.org/IPv4WireguardInterfaceAddr',
  'projectcalico.org/IPv6WireguardInterfaceAddr',
];
/** The address of cilium_host, by its present and its former name (cilium: pkg/annotation/k8s.go). */
const CILIUM_HOSTS = [
  'network.cilium.io/ipv4-cilium-host',
  'network.cilium.io/ipv6-cilium-host',
  'io.cilium.network.ipv4-cilium-host',
];

/** Which addresses these are for each CNI, and how they follow from the Node object alone. */
const SOURCES: Readonly<Record<string, (node: ApiObject) => string[]>> = {
  calico: (node) => annotated(node, CALICO_TUNNELS),
  canal: flannelAddresses,
  flannel: flannelAddresses,
  cilium: (node) => annotated(node, CILIUM_HOSTS),
  antrea: (node) => podRanges(node).map((range) => hostOf(range, 1)),
  'ovn-kubernetes': (node) => ovnSubnets(node).map((range) => hostOf(range, 2)),
};

function overlayAddresses(node: ApiObject, cni: string): string[] {
  const source = Object.hasOwn(SOURCES, cni) ? SOURCES[cni] : undefined;
  const found = source?.(node) ?? [];
  return [...new Set(found.filter((address) => ipaddr.isValid(address)))];
}

function annotated(node: ApiObject, keys: readonly string[]): string[] {
  const annotations = annotationsOf(node);
  return keys.map((key) => annotations[key] ?? '').map((address) => address.split('/')[0] ?? '');
}

/** The first address of the node's lease, on the flannel.1 or flannel-wg device (flannel: pkg/backend/vxlan/vxlan.go); host-gw has none. */
function flannelAddresses(node: ApiObject): string[] {
  const backend = annotationsOf(node)['flannel.alpha.coreos.com/backend-type'] ?? 'vxlan';
  return backend === 'vxlan' || backend === 'wireguard' ? podRanges(node).map((range) => hostOf(range, 0)) : [];
}

function podRanges(node: ApiObject): string[] {
  const ranges = textsAt(node, 'spec', 'podCIDRs');
  const range = textAt(node, 'spec', 'podCIDR');
  return ranges.length > 0 || range === null ? ranges : [range];
}

/** `{"default":"10.128.0.0/23"}` or `{"default":["10.128.0.0/23", …]}`; the management port is the second host (ovn-kubernetes: GetNodeManagementIfAddr). */
function ovnSubnets(node: ApiObject): string[] {
  try {
    const parsed: unknown = JSON.parse(annotationsOf(node)['k8s.ovn.org/node-subnets'] ?? '{}');
    const one = textAt(parsed, 'default');
    return one === null ? textsAt(parsed, 'default') : [one];
  } catch {
    return [];
  }
}

/** The nth address of a range; empty where the range cannot be read. */
function hostOf(range: string, nth: number): string {
  if (!ipaddr.isValidCIDR(range)) return '';
  const [address, bits] = ipaddr.parseCIDR(range);
  const bytes = address.toByteArray();
  const masked = bytes.map((byte, index) => byte & (0xff << (8 - Math.min(8, Math.max(0, bits - index * 8)))) & 0xff);
  masked[masked.length - 1] = (masked.at(-1) ?? 0) + nth;
  return ipaddr.fromByteArray(masked).toString();
}

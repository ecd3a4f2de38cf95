/** The faults that are settings of a node: devices, routes and sysctls of its network namespace. Pure. */
import type { NodeAddresses } from '../network/address-plan.ts';
import { batch, sysctlScript } from '../network/underlay.ts';
import type { Fault } from '../scenario/fault.ts';

/** How long a closed connection holds its translated port, seconds: short, so that the next SYN may find it free. */
const CLOSED_S = 1;

/** A shell script; empty where no fault is one of settings. */
export function nodeSettingsScript(faults: readonly Fault[], nodes: readonly NodeAddresses[]): string {
  return faults
    .flatMap((fault) => {
      const node = 'node' in fault ? nodes.find(({ name }) => name === fault.node) : undefined;
      return node === undefined ? [] : settings(fault, node, nodes);
    })
    .join('\n');
}

function settings(fault: Fault, node: NodeAddresses, nodes: readonly NodeAddresses[]): string[] {
  switch (fault.kind) {
    case 'node-mtu':
      return [batch(`ip -n ${node.name} -batch -`, [`link set eth0 mtu ${fault.mtu}`])];
    case 'other-way-back': {
      const others = nodes.filter((other) => other !== node);
      return [
        sysctlScript(node.netns, { 'ipv4/conf/all/rp_filter': 0, 'ipv4/conf/flannel.1/rp_filter': fault.filter }),
        batch(
          `ip -n ${node.name} -batch -`,
          others.map(({ podRange, address }) => `route replace ${podRange} via ${address} dev eth0`),
        ),
      ];
    }
    case 'few-nat-ports':
      return [
        sysctlScript(node.netns, {
          'netfilter/nf_conntrack_tcp_timeout_time_wait': CLOSED_S,
          'netfilter/nf_conntrack_tcp_timeout_close': CLOSED_S,
          'netfilter/nf_conntrack_tcp_timeout_last_ack': CLOSED_S,
        }),
      ];
    case 'no-forwarding':
      return [
        sysctlScript(node.netns, {
          [`${fault.family.toLowerCase()}/conf/${fault.interface ?? 'all'}/forwarding`]: 0,
        }),
      ];
    case 'untracked-bridge':
      return [sysctlScript(node.netns, { 'bridge/bridge-nf-call-iptables': 0 })];
    default:
      return [];
  }
}

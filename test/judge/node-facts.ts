/** What nodes say of themselves, for the worlds of diagnosis tests: all is well unless told otherwise. */
import type { NodeFacts } from '../../probes/wire.ts';
import type { Heard } from '../../src/model/recording.ts';

export interface Reading {
  readonly start?: Partial<NodeFacts>;
  readonly end?: Partial<NodeFacts>;
}

export const NODES = ['worker-1', 'worker-2', 'worker-3'] as const;

/** Counters of a node that drops nothing. */
export const STILL = {
  'TcpExt.IPReversePathFilter': 0,
  'Conntrack.insert_failed': 0,
  'Conntrack.drop': 0,
  'Conntrack.early_drop': 0,
} as const;

/** Two readings of each of three nodes, each a machine of its own. */
export function nodeFacts(odd: Readonly<Partial<Record<(typeof NODES)[number], Reading>>> = {}): Heard<NodeFacts>[] {
  return NODES.flatMap((node, index) =>
    (['start', 'end'] as const).map((when) => ({ ...well(index, when), agent: `host@${node}`, ...odd[node]?.[when] })),
  );
}

function well(index: number, when: NodeFacts['when']): NodeFacts {
  return {
    type: 'node-facts',
    when,
    at: 1_760_000_000_000 + (when === 'end' ? 9000 : 0),
    kernelId: `kernel-${index}`,
    counters: STILL,
    conntrack: { entries: 900, limit: 262_144 },
    reversePathFilter: { all: 0, default: 0, eth0: 0, 'flannel.1': 0 },
    notForwarding: [],
    bridge: { 'bridge-nf-call-iptables': 1 },
    interfaces: [port('eth0', 1500), port('flannel.1', 1450), port('veth1', 1450)],
    moreInterfaces: 0,
    routes: [
      { to: '0.0.0.0/0', by: 'eth0' },
      { to: '10.244.0.0/16', by: 'flannel.1' },
    ],
    neighbors: 6,
    machine: {
      counters: { 'Arp.table_fulls': 0, 'Softnet.dropped': 0 },
      neighbors: { entries: 20, thresholds: [128, 512, 1024] },
      cpuWaitedMs: 0,
    },
    unread: [],
  };
}

export function port(name: string, mtu: number, rxDropped = 0): NodeFacts['interfaces'][number] {
  return { name, mtu, state: 'up', rxDropped, rxErrors: 0, txDropped: 0, txErrors: 0 };
}

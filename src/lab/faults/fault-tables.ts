/**
 * Faults as nftables rules. Those of pods stand in the pod's own namespace, before connection tracking: behind all
 * that the nodes do, so that a Service's choice of endpoint is kept when a SYN is sent again, and before TCP, so that
 * the pod's counters never see what was lost. Pure.
 */
import { KUBELET_PORTS, VXLAN_PORT, type NodeAddresses } from '../network/address-plan.ts';
import type { Victims } from './fault-victims.ts';
import type { KubeObject, Topology } from '../model.ts';
import type { Fault } from '../scenario/scenario.ts';

/** The faults that are in force, and whom they strike. */
export interface ActiveFaults {
  readonly faults: readonly Fault[];
  readonly victims: Victims;
}

const SYN = 'tcp flags and (syn or ack) == syn';
/** `numgen` counts in whole numbers: one in ten thousand is the finest share. */
const PARTS = 10_000;
/** Longer than the longest SYN ladder (131 s), in seconds. */
const REMEMBERED_S = 180;

/** What a rule needs to know besides the pod. */
export interface FaultScene {
  readonly node: NodeAddresses;
  readonly nodes: readonly NodeAddresses[];
  readonly pods: readonly KubeObject[];
  readonly overlay: Topology['overlay'];
}

interface FaultRules {
  /** Sets and chains of its own. */
  readonly parts: readonly string[];
  /** Lines of the chain that sees every packet first. */
  readonly lines: readonly string[];
}

/** The body of table `faults` in a pod's namespace; empty where none strikes it. */
export function podFaultTable({ faults, victims }: ActiveFaults, pod: KubeObject, node: NodeAddresses): string {
  return table(
    faults.flatMap((fault, index) => (victims.strikes(fault, pod) ? podFault(fault, { index, address: null }) : [])),
    node,
  );
}

/** The body of table `faults` in a node's namespace: the overlay's, and those of pods on its own network. */
export function nodeFaultTable({ faults, victims }: ActiveFaults, scene: FaultScene): string {
  const { node, pods } = scene;
  const hosted = pods.filter((pod) => pod['spec']?.hostNetwork === true && pod['spec']?.nodeName === node.name);
  return table(
    faults.flatMap((fault, index) => {
      if (fault.kind === 'drop-overlay') return [{ parts: [], lines: overlayLines(fault, scene) }];
      const isHere = hosted.some((pod) => victims.strikes(fault, pod));
      return isHere ? podFault(fault, { index, address: node.address }) : [];
    }),
    node,
  );
}

function table(rules: readonly FaultRules[], node: NodeAddresses): string {
  const lines = rules.flatMap((rule) => rule.lines);
  if (lines.length === 0) return '';
  const first = [
    'type filter hook prerouting priority raw',
    `ip saddr ${node.address} tcp sport ${KUBELET_PORTS.first}-${KUBELET_PORTS.last} accept`,
  ];
  return [...rules.flatMap((rule) => rule.parts), chain('prerouting', [...first, ...lines])].join('\n');
}

/** @param address the destination to watch where the namespace has several; null in a pod's own. */
function podFault(fault: Fault, { index, address }: { index: number; address: string | null }): FaultRules[] {
  const to = address === null ? '' : `ip daddr ${address} `;
  switch (fault.kind) {
    case 'drop-syn': {
      const parts = Math.round(fault.share * PARTS);
      return [{ parts: [], lines: [`${to}${SYN} ${port(fault)}numgen random mod ${PARTS} < ${parts} counter drop`] }];
    }
    case 'drop-first-syns':
      return [forgetfulPath(`${to}${SYN} ${port(fault)}`, fault.count, `${index}`)];
    case 'blackhole': {
      const only = fault.to.port === undefined ? '' : `meta l4proto { tcp, udp } th dport ${fault.to.port} `;
      return [{ parts: [], lines: [`${to}${only}counter drop`] }];
    }
    case 'kill-process':
    case 'cpu-noise':
    case 'busy-node':
    case 'drop-overlay':
      return [];
    default:
      return fault satisfies never;
  }
}

/** One set per lost SYN: a connection climbs from set to set, and passes once it is in the last. */
function forgetfulPath(match: string, count: number, id: string): FaultRules {
  const key = 'ip saddr . tcp sport . tcp dport';
  const sets = Array.from({ length: count }, (_, index) => `lost_${id}_${index + 1}`);
  const climbs = sets.map((set, index) => {
    const before = index === 0 ? '' : `${key} @${sets[index - 1]} `;
    return `${before}add @${set} { ${key} } counter drop`;
  });
  const isDone = `${key} @${sets.at(-1)} return`;
  return {
    parts: [
      ...sets.map(
        (set) =>
          `  set ${set} { type ipv4_addr . inet_service . inet_service; size 65535; flags dynamic,timeout; timeout ${REMEMBERED_S}s; }`,
      ),
      chain(`lose_${id}`, [isDone, ...climbs.toReversed()]),
    ],
    lines: [`${match}jump lose_${id}`],
  };
}

/** Dropped where the packets arrive, for every ordered pair of nodes that the fault means. */
function overlayLines(fault: Extract<Fault, { kind: 'drop-overlay' }>, { node, nodes, overlay }: FaultScene): string[] {
  return nodes
    .filter((from) => from !== node && isCut(fault, from.name, node.name))
    .flatMap((from) => {
      const arriving = 'iifname "eth0" ';
      if (overlay === 'vxlan') return [`${arriving}ip saddr ${from.address} udp dport ${VXLAN_PORT} counter drop`];
      return [
        `${arriving}ip saddr ${from.podRange} counter drop`,
        `${arriving}ip saddr ${from.address} ip daddr ${node.podRange} counter drop`,
      ];
    });
}

function isCut(fault: Extract<Fault, { kind: 'drop-overlay' }>, from: string, to: string): boolean {
  if (fault.node !== undefined && fault.node !== from && fault.node !== to) return false;
  if (fault.between !== undefined && !(fault.between.includes(from) && fault.between.includes(to))) return false;
  return (fault.from === undefined || fault.from === from) && (fault.to === undefined || fault.to === to);
}

function port({ to }: { to: { port?: number | undefined } }): string {
  return to.port === undefined ? '' : `tcp dport ${to.port} `;
}

function chain(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line};\n`).join('')}  }`;
}

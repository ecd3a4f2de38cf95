/** A scenario's faults as one nftables table on each node of a real cluster. Pure. */
import type { V1Pod } from '@kubernetes/client-node';
import type { Fault } from '../../src/lab/scenario/fault.ts';
import type { Scenario } from '../../src/lab/scenario/scenario.ts';
import type { ClusterNode } from './cluster.ts';

/** Its name is ours alone: removing it removes the faults. */
export const TABLE = 'inet kprobe_e2e';
/** VXLAN: flannel's port on Linux, and IANA's. */
const OVERLAY = 'udp dport { 8472, 4789 }';
const SYN = 'tcp flags and (syn or ack) == syn';
const PARTS = 10_000;
/** Longer than the longest SYN ladder (131 s), in seconds. */
const REMEMBERED_S = 180;

/** Kinds that need no more than rules on nodes. */
export const NODE_FAULTS: ReadonlySet<Fault['kind']> = new Set([
  'drop-syn',
  'drop-first-syns',
  'blackhole',
  'drop-answers',
  'drop-overlay',
  'cpu-noise',
]);

/** A pod that a fault strikes, on its own node only: packets from elsewhere pass two nodes, and would be struck twice. */
export interface Victim {
  readonly address: string;
  readonly node: string;
  readonly fault: Fault;
}

/** The pods of a fault: with `replicas` only the first by name. */
export function victimsOf(fault: Fault, pods: readonly V1Pod[]): Victim[] {
  const sorted = pods.toSorted((one, other) => ((one.metadata?.name ?? '') < (other.metadata?.name ?? '') ? -1 : 1));
  const struck = 'replicas' in fault && fault.replicas !== undefined ? sorted.slice(0, fault.replicas) : sorted;
  return struck.flatMap(({ status, spec }) =>
    status?.podIP === undefined || spec?.nodeName === undefined
      ? []
      : [{ address: status.podIP, node: spec.nodeName, fault }],
  );
}

/** The whole input of `nft -f -` for one node: the table is made anew, so that it may be given again and again. */
export function faultTable(
  scenario: Scenario,
  victims: readonly Victim[],
  here: ClusterNode,
  nodes: readonly ClusterNode[],
): string {
  const rules = victims.filter(({ node }) => node === here.name).map((victim, index) => rulesOf(victim, index));
  const lines = rules.flatMap((each) => each.lines);
  const overlay = scenario.faults.flatMap((fault) =>
    fault.kind === 'drop-overlay' ? overlayLines(fault, here, nodes) : [],
  );
  return [
    `table ${TABLE}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    ...rules.flatMap((each) => each.parts),
    chain('struck', lines),
    chain('forward', ['type filter hook forward priority filter - 5', 'jump struck']),
    // The kubelet's own probes are root's, and are spared: the network is broken, not the pod. Probe pods are nobody's.
    chain('output', ['type filter hook output priority filter - 5', 'meta skuid 0 return', 'jump struck']),
    chain('prerouting', ['type filter hook prerouting priority raw', ...overlay]),
    '}',
    '',
  ].join('\n');
}

export const NO_FAULTS = `table ${TABLE}\ndelete table ${TABLE}\n`;

function rulesOf({ address, fault }: Victim, index: number): { parts: readonly string[]; lines: readonly string[] } {
  const to = `ip daddr ${address}`;
  switch (fault.kind) {
    case 'drop-syn':
      return {
        parts: [],
        lines: [`${to} ${SYN} numgen random mod ${PARTS} < ${Math.round(fault.share * PARTS)} drop`],
      };
    case 'drop-first-syns':
      return losesFirst(`${to} ${SYN}`, fault.count, index);
    case 'blackhole':
      return { parts: [], lines: [`${to} ${only(fault)}drop`] };
    case 'drop-answers':
      return {
        parts: [],
        lines: [
          `ip saddr ${address} udp sport 53 numgen random mod ${PARTS} < ${Math.round(fault.share * PARTS)} drop`,
        ],
      };
    case 'kill-process':
    case 'drop-overlay':
    case 'busy-node':
    case 'cpu-noise':
    case 'starve-node':
    case 'throttle-cpu':
    case 'drop-large':
    case 'drop-hairpin':
    case 'deny-own-node':
    case 'drop-outside':
    case 'drop-inside':
    case 'forget-service':
    case 'race-queries':
    case 'stop-proxy':
    case 'forget-policy':
    case 'ignore-questions':
    case 'forget-names':
    case 'delay-names':
    case 'wildcard-domain':
    case 'truncate-answers':
    case 'stale-addresses':
    case 'forget-hosts':
    case 'node-firewall':
    case 'node-mtu':
    case 'other-way-back':
    case 'few-nat-ports':
    case 'dead-way':
    case 'stale-route':
    case 'untracked-bridge':
    case 'spoil-checksums':
    case 'drop-segments':
    case 'reject':
    case 'drop-large-hello':
    case 'keep-upstream':
    case 'other-certificate':
    case 'no-forwarding':
    case 'forget-idle':
    case 'replace-pods':
      return { parts: [], lines: [] };
    default:
      return fault satisfies never;
  }
}

function only({ to, protocol }: Extract<Fault, { kind: 'blackhole' }>): string {
  if (to.port === undefined && protocol === undefined) return '';
  return `meta l4proto ${protocol ?? '{ tcp, udp }'} ${to.port === undefined ? '' : `th dport ${to.port} `}`;
}

/** One set for each lost SYN: a connection climbs from set to set, and passes once it is in the last. */
function losesFirst(match: string, count: number, index: number): { parts: string[]; lines: string[] } {
  const key = 'ip saddr . tcp sport . tcp dport';
  const sets = Array.from({ length: count }, (_, step) => `lost_${index}_${step + 1}`);
  const climbs = sets.map(
    (set, step) => `${step === 0 ? '' : `${key} @${sets[step - 1]} `}add @${set} { ${key} } drop`,
  );
  const type = 'type ipv4_addr . inet_service . inet_service; size 65535; flags dynamic,timeout;';
  return {
    parts: [
      ...sets.map((set) => `  set ${set} { ${type} timeout ${REMEMBERED_S}s; }`),
      chain(`lose_${index}`, [`${key} @${sets.at(-1)} return`, ...climbs.toReversed()]),
    ],
    lines: [`${match} jump lose_${index}`],
  };
}

/** Dropped where the packets arrive. */
function overlayLines(
  fault: Extract<Fault, { kind: 'drop-overlay' }>,
  here: ClusterNode,
  nodes: readonly ClusterNode[],
) {
  const isCut = (from: string, to: string) =>
    (fault.node === undefined || fault.node === from || fault.node === to) &&
    (fault.between === undefined || (fault.between.includes(from) && fault.between.includes(to))) &&
    (fault.from === undefined || fault.from === from) &&
    (fault.to === undefined || fault.to === to);
  return nodes
    .filter((from) => from.name !== here.name && isCut(from.name, here.name))
    .map((from) => `ip saddr ${from.address} ${OVERLAY} drop`);
}

function chain(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line};\n`).join('')}  }`;
}

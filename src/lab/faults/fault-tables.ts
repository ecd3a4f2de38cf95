/**
 * Faults as nftables rules. Those of pods stand in the pod's own namespace, before connection tracking: behind all
 * that the nodes do, so that a Service's choice of endpoint is kept when a SYN is sent again, and before TCP, so that
 * the pod's counters never see what was lost. In nft's words for IPv4, for the one family of the node given (nft-words.ts). Pure.
 */
import { KUBELET_PORTS, RANGES, VXLAN_PORT, atPort, familyOf, type NodeAddresses } from '../network/address-plan.ts';
import type { ProxyInput } from '../network/services.ts';
import type { Victims } from './fault-victims.ts';
import type { Family, KubeObject, Topology } from '../model.ts';
import type { KeptUpstream } from '../oddities.ts';
import type { Fault } from '../scenario/fault.ts';

/** The faults that are in force, and whom they strike. */
export interface ActiveFaults {
  readonly faults: readonly Fault[];
  readonly victims: Victims;
  /** The Service's addresses of each fault that is about a Service. */
  readonly addresses: ReadonlyMap<Fault, readonly string[]>;
  /** Endpoints that nodes have not heard to be gone. */
  readonly late?: readonly KeptUpstream[];
  /** By node: Services and EndpointSlices as they were when its proxy stopped. */
  readonly stopped?: ReadonlyMap<string, KnownServices>;
}

export type KnownServices = Pick<ProxyInput, 'services' | 'slices'>;

export const NO_FAULTS: ActiveFaults = { faults: [], victims: { strikes: () => false }, addresses: new Map() };

/** Segments with data (Linux sets PSH on the last one of each write) or the end of it: whatever would make the receiver ask for a lost one at once. */
const DATA = ['tcp flags and (syn or psh) == psh', 'tcp flags and (syn or psh or fin) == fin'] as const;
/** A TLS record of a handshake (0x16, version 3.x) behind a TCP header with timestamps (32 bytes), and no segment that holds more than a small one. */
const CLIENT_HELLO = '@th,256,16 0x1603';
const ONE_SEGMENT = 1300;
const SYN = 'tcp flags and (syn or ack) == syn';
/** `numgen` counts in whole numbers: one in ten thousand is the finest share. */
const PARTS = 10_000;
/** Longer than the longest SYN ladder (131 s), in seconds. */
const REMEMBERED_S = 180;
const DNS_PORT = 53;
const DAY_S = 86_400;
/** nf_conntrack_udp_timeout, in seconds (Documentation/networking/nf_conntrack-sysctl.rst). */
const UDP_CONNECTION_S = 30;

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
  /** Lines of the chain that sees every packet that arrives first. */
  readonly lines: readonly string[];
  /** Of the chain that sees what passes through, translated already. */
  readonly forward?: readonly string[];
  /** Of the chain that sees what this namespace itself sends, before it is translated. */
  readonly output?: readonly string[];
  /** Of the same chain, before kubelets are spared. */
  readonly kubelet?: readonly string[];
  /** Of the chain that sees what is for this namespace itself. */
  readonly input?: readonly string[];
}

/** The body of table `faults` in a pod's namespace; empty where none strikes it. */
export function podFaultTable({ faults, victims }: ActiveFaults, pod: KubeObject, node: NodeAddresses): string {
  return table(
    faults.flatMap((fault, index) =>
      victims.strikes(fault, pod) && isIn(fault, node) ? podFault(fault, { index, address: null }) : [],
    ),
    node,
  );
}

/** The body of table `faults` in a node's namespace: those between nodes, its own, and those of pods on its own network. */
export function nodeFaultTable(active: ActiveFaults, scene: FaultScene): string {
  const { node, pods } = scene;
  const here = pods.filter((pod) => pod['spec']?.nodeName === node.name);
  return table(
    active.faults.flatMap((fault, index) => {
      if (!isIn(fault, node)) return [];
      const struck = here.filter((pod) => active.victims.strikes(fault, pod));
      const isHosted = struck.some((pod) => pod['spec']?.hostNetwork === true);
      return [
        ...nodeFault(fault, active, { ...scene, index }),
        ...(fault.kind === 'drop-hairpin'
          ? [{ parts: [], lines: [], forward: struck.flatMap((pod) => hairpinLines(pod, node.family)) }]
          : []),
        ...(fault.kind === 'stale-route' && fault.node === node.name
          ? [
              {
                parts: [],
                lines: pods.flatMap((pod) => (active.victims.strikes(fault, pod) ? leadAstray(pod, node) : [])),
              },
            ]
          : []),
        ...(fault.kind === 'drop-answers'
          ? [{ parts: [], lines: struck.flatMap((pod) => answerLines(fault, pod, node.family)) }]
          : []),
        ...(fault.kind === 'deny-own-node'
          ? [{ parts: [], lines: [], kubelet: struck.flatMap((pod) => ownNodeLines(pod, node.family)) }]
          : []),
        ...(fault.kind === 'drop-segments' && fault.direction === 'answers'
          ? [{ parts: [], lines: struck.flatMap((pod) => lostAnswerLines(pod, fault, node)) }]
          : []),
        ...(isHosted ? podFault(fault, { index, address: node.address }) : []),
      ];
    }),
    node,
  );
}

/** Whether the fault is one of the node's family, or of all. */
function isIn(fault: Fault, { family }: NodeAddresses): boolean {
  return !('family' in fault) || fault.family === undefined || fault.family === family;
}

function addressOf(status: KubeObject['status'], family: Family): string | undefined {
  const addresses: { ip: string }[] = status?.podIPs ?? [];
  return addresses.map(({ ip }) => ip).find((address) => familyOf(address) === family);
}

/** Rules that no pod is needed for. */
function nodeFault(
  fault: Fault,
  { addresses }: ActiveFaults,
  scene: FaultScene & { readonly index: number },
): FaultRules[] {
  const { node } = scene;
  const asked = (addresses.get(fault) ?? []).filter((address) => familyOf(address) === node.family);
  if (fault.kind === 'race-queries') return [racedQueries(asked, fault.share, `${scene.index}`)];
  if (fault.kind === 'drop-overlay') return [{ parts: [], lines: overlayLines(fault, scene) }];
  if (fault.kind === 'drop-large') return [{ parts: [], lines: largeLines(fault, scene) }];
  if (fault.kind === 'drop-outside' && fault.node === node.name) {
    const only = fault.port === undefined ? '' : `tcp dport ${fault.port} `;
    // Answers from outside to who asks from here must come back.
    return [{ parts: [], lines: [`iifname "eth0" ip saddr ${RANGES[node.family].lab} ${SYN} ${only}counter drop`] }];
  }
  if (fault.kind === 'drop-inside' && (fault.node === undefined || fault.node === node.name)) {
    const { address, port } = fault;
    if (familyOf(address) !== node.family) return [];
    return [{ parts: [], lines: [`ip saddr ${node.podRange} ip daddr ${address} tcp dport ${port} counter drop`] }];
  }
  if (fault.kind === 'forget-service' && fault.node === node.name) {
    const lines = asked.map((address) => `ip daddr ${address} counter drop`);
    return [{ parts: [], lines, output: lines }];
  }
  if (fault.kind === 'node-firewall' && fault.node === node.name) {
    const side = fault.direction === 'out' ? 'saddr' : 'daddr';
    const first = fault.protocol === 'udp' ? 'udp' : `${SYN} tcp`;
    const rule = `ip ${side} ${node.podRange} ${first} dport ${fault.port} counter ${FIREWALL_VERDICTS[fault.verdict]}`;
    return [fault.hook === 'prerouting' ? { parts: [], lines: [rule] } : { parts: [], lines: [], forward: [rule] }];
  }
  if (fault.kind === 'untracked-bridge' && fault.node === node.name)
    return [{ parts: [], lines: [`ip saddr ${node.podRange} ip daddr ${node.podRange} counter notrack`] }];
  if (fault.kind === 'dead-way' && fault.node === node.name)
    return [{ parts: [], lines: [], forward: [deadWay(fault.ways, node)] }];
  if (fault.kind === 'few-nat-ports' && fault.node === node.name) return [fewPorts(fault.ports, node)];
  if (fault.kind === 'spoil-checksums')
    return [{ parts: [SPOILING], lines: [`iifname "flannel*" ${SPOILED} counter drop`] }];
  return [];
}

/**
 * Translated packets are marked where they leave and dropped where they arrive, so that their node believes them sent, and keeps to the endpoint
 * that it has chosen. The mark is a code point that nobody assigned (IANA: DSCP pool 2).
 */
const SPOILED = 'ip dscp 0x2b';
const SPOILING = chain('spoiling', [
  'type filter hook postrouting priority 110',
  'oifname "flannel*" ct direction original ct status & snat == snat counter ip dscp set 0x2b',
]);

const FIREWALL_VERDICTS = {
  drop: 'drop',
  reject: 'reject with icmp type admin-prohibited',
  reset: 'reject with tcp reset',
} as const;

/** By the packets of the side that asks: their hash is of the flow, and the same for each SYN of it. The seed is any that is always the same. */
function deadWay(ways: number, { podRange }: NodeAddresses): string {
  const hash = `jhash ip saddr . ip daddr . tcp sport . tcp dport mod ${ways} seed 0x2a`;
  return `ip daddr ${podRange} ip saddr != ${podRange} meta l4proto tcp ct direction original ${hash} 0 counter drop`;
}

function leadAstray({ status }: KubeObject, { family, podRange }: NodeAddresses): string[] {
  const address = addressOf(status, family);
  return address === undefined ? [] : [`ip saddr ${podRange} ip daddr ${address} counter drop`];
}

const FIRST_NAT_PORT = 40_000;

/** Before the proxy's own translations; the source becomes what other nodes see of this node's own traffic. */
function fewPorts(ports: number, { family, podRange, overlayAddress }: NodeAddresses): FaultRules {
  const { pods } = RANGES[family];
  const range = atPort(overlayAddress, `${FIRST_NAT_PORT}-${FIRST_NAT_PORT + ports - 1}`);
  const translate = `ip saddr ${podRange} ip daddr ${pods} ip daddr != ${podRange} meta l4proto tcp counter snat to ${range}`;
  return { parts: [chain('few-ports', ['type nat hook postrouting priority srcnat - 10', translate])], lines: [] };
}

function table(rules: readonly FaultRules[], node: NodeAddresses): string {
  const spared = `ip saddr ${kubeletAddresses(node)} tcp sport ${KUBELET_PORTS.first}-${KUBELET_PORTS.last} accept`;
  const hooks = [
    { hook: 'prerouting', lines: rules.flatMap((rule) => rule.lines) },
    { hook: 'input', lines: rules.flatMap((rule) => rule.input ?? []) },
    { hook: 'forward', lines: rules.flatMap((rule) => rule.forward ?? []) },
    {
      hook: 'output',
      lines: rules.flatMap((rule) => rule.output ?? []),
      first: rules.flatMap((rule) => rule.kubelet ?? []),
    },
  ].filter(({ lines, first = [] }) => lines.length + first.length > 0);
  const chains = hooks.map(({ hook, lines, first = [] }) =>
    chain(hook, [`type filter hook ${hook} priority raw`, ...first, spared, ...lines]),
  );
  return [...rules.flatMap((rule) => rule.parts), ...chains].join('\n');
}

/** The first seconds of each period of the day, as the kernel's clock has it; empty: always. */
function during(bursts: { readonly lastsS: number; readonly everyS: number } | undefined): string {
  if (bursts === undefined) return '';
  const { lastsS, everyS } = bursts;
  const begins = Array.from({ length: Math.ceil(DAY_S / everyS) }, (_, period) => period * everyS);
  const spans = begins.map((begin) => `"${timeOfDay(begin)}"-"${timeOfDay(Math.min(begin + lastsS, DAY_S) - 1)}"`);
  return `meta hour { ${spans.join(', ')} } `;
}

function beyond(perSecond: number | undefined): string {
  return perSecond === undefined ? '' : `limit rate over ${perSecond}/second burst ${perSecond} packets `;
}

function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}

/** By which a node's kubelet asks: pods of its own network see the bridge's address where there is one, others the node's. */
function kubeletAddresses({ address, localAddress }: NodeAddresses): string {
  return `{ ${[...new Set([address, localAddress])].join(', ')} }`;
}

/** @param address the destination to watch where the namespace has several; null in a pod's own. */
function podFault(fault: Fault, { index, address }: { index: number; address: string | null }): FaultRules[] {
  const to = address === null ? '' : `ip daddr ${address} `;
  switch (fault.kind) {
    case 'drop-syn':
      return [
        {
          parts: [],
          lines: [
            `${to}${SYN} ${port(fault)}${during(fault.bursts)}${beyond(fault.beyondPerSecond)}${chance(fault.share)} counter drop`,
          ],
        },
      ];
    case 'drop-segments': {
      if (fault.direction === 'answers') return [];
      return [
        { parts: [], lines: DATA.map((data) => `${to}${data} ${port(fault)}${chance(fault.share)} counter drop`) },
      ];
    }
    case 'drop-large-hello':
      return [
        {
          parts: [],
          lines: [`${to}meta l4proto tcp ${port(fault)}ip length > ${ONE_SEGMENT} ${CLIENT_HELLO} counter drop`],
        },
      ];
    case 'reject': {
      const [match, by] = [`${to}meta l4proto tcp ${port(fault)}`, `reject with icmp type ${fault.by}`];
      return [{ parts: [], lines: [], input: [`${match}counter ${by}`] }];
    }
    case 'forget-idle':
      return [shortMemory(`${to}meta l4proto tcp ${port(fault)}`, fault.afterS, `${index}`)];
    case 'drop-first-syns':
      return [forgetfulPath(`${to}${SYN} ${port(fault)}`, fault.count, `${index}`)];
    case 'blackhole': {
      const protocols = fault.protocol ?? '{ tcp, udp }';
      const only =
        fault.to.port === undefined && fault.protocol === undefined
          ? ''
          : `meta l4proto ${protocols} ${destinationPort(fault)}`;
      return [{ parts: [], lines: [`${to}${only}counter drop`] }];
    }
    case 'kill-process':
    case 'replace-pods':
    case 'cpu-noise':
    case 'busy-node':
    case 'starve-node':
    case 'throttle-cpu':
    case 'drop-overlay':
    case 'drop-large':
    case 'drop-hairpin':
    case 'deny-own-node':
    case 'drop-outside':
    case 'drop-inside':
    case 'forget-service':
    case 'drop-answers':
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
    case 'keep-upstream':
    case 'other-certificate':
    case 'no-forwarding':
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

/** A SYN is remembered, each later packet for as long again; what is not remembered does not pass. */
function shortMemory(match: string, afterS: number, id: string): FaultRules {
  const key = 'ip saddr . tcp sport . tcp dport';
  const set = `known_${id}`;
  return {
    parts: [
      `  set ${set} { type ipv4_addr . inet_service . inet_service; size 65535; flags dynamic,timeout; timeout ${afterS}s; }`,
      chain(`forget_${id}`, [
        `${SYN} update @${set} { ${key} } return`,
        `${key} @${set} update @${set} { ${key} } return`,
        'counter drop',
      ]),
    ],
    lines: [`${match}jump forget_${id}`],
  };
}

/** As answers leave the pod for its node. */
function answerLines(
  { share }: Extract<Fault, { kind: 'drop-answers' }>,
  { status }: KubeObject,
  family: Family,
): string[] {
  const address = addressOf(status, family);
  return address === undefined ? [] : [`ip saddr ${address} udp sport ${DNS_PORT} ${chance(share)} counter drop`];
}

/**
 * The first packet of a socket passes, the second is dropped by chance, later ones pass: the connection is in the table by then. What the
 * node's own programs ask is spared.
 */
function racedQueries(services: readonly string[], share: number, id: string): FaultRules {
  const key = 'ip saddr . udp sport';
  const set = (name: string) =>
    `  set ${name} { type ipv4_addr . inet_service; size 65535; flags dynamic,timeout; timeout ${UDP_CONNECTION_S}s; }`;
  const [begun, raced] = [`begun_${id}`, `raced_${id}`];
  return {
    parts: [
      set(begun),
      set(raced),
      chain(`race_${id}`, [
        `${key} @${raced} return`,
        `${key} @${begun} add @${raced} { ${key} } ${chance(share)} counter drop`,
        `add @${begun} { ${key} }`,
      ]),
    ],
    lines: services.map((address) => `ip daddr ${address} udp dport ${DNS_PORT} jump race_${id}`),
  };
}

/** Holds for a share of all packets, at random; empty: for all. */
function chance(share: number): string {
  if (share === 1) return '';
  return `numgen random mod ${PARTS} < ${Math.round(share * PARTS)}`;
}

/** A pod's packet to a Service that chose this very pod: the node sends it back where it came from. */
function hairpinLines({ status }: KubeObject, family: Family): string[] {
  const address = addressOf(status, family);
  return address === undefined ? [] : [`ip saddr ${address} ip daddr ${address} counter drop`];
}

/** What the node itself sends to a pod of its own, before any Service is translated. */
function ownNodeLines({ status }: KubeObject, family: Family): string[] {
  const address = addressOf(status, family);
  return address === undefined ? [] : [`ip daddr ${address} ${SYN} counter drop`];
}

/** What a pod sends, where its node receives it: dropped in the pod itself, its TCP would know. The kubelet is answered. */
function lostAnswerLines(
  { status }: KubeObject,
  fault: Extract<Fault, { kind: 'drop-segments' }>,
  node: NodeAddresses,
): string[] {
  const address = addressOf(status, node.family);
  if (address === undefined) return [];
  const only = fault.to.port === undefined ? '' : `tcp sport ${fault.to.port} `;
  const kubelet = `ip saddr ${address} ip daddr ${kubeletAddresses(node)} tcp dport ${KUBELET_PORTS.first}-${KUBELET_PORTS.last} accept`;
  return [kubelet, ...DATA.map((data) => `ip saddr ${address} ${only}${data} ${chance(fault.share)} counter drop`)];
}

type NodePairs = Extract<Fault, { kind: 'drop-overlay' | 'drop-large' }>;

/** The nodes whose packets to this one the fault means. Dropped where they arrive. */
function cutSources(fault: NodePairs, { node, nodes }: FaultScene): NodeAddresses[] {
  return nodes.filter((from) => from !== node && isCut(fault, from.name, node.name));
}

/** Whatever the other node sends, in the overlay or not. */
function largeLines(fault: Extract<Fault, { kind: 'drop-large' }>, scene: FaultScene): string[] {
  return cutSources(fault, scene).map(
    ({ address, podRange }) =>
      `iifname "eth0" ip saddr { ${address}, ${podRange} } ip length > ${fault.largest} counter drop`,
  );
}

function overlayLines(fault: Extract<Fault, { kind: 'drop-overlay' }>, scene: FaultScene): string[] {
  const { node, overlay } = scene;
  return cutSources(fault, scene).flatMap((from) => {
    const arriving = 'iifname "eth0" ';
    if (overlay === 'vxlan') return [`${arriving}ip saddr ${from.address} udp dport ${VXLAN_PORT} counter drop`];
    return [
      `${arriving}ip saddr ${from.podRange} counter drop`,
      `${arriving}ip saddr ${from.address} ip daddr ${node.podRange} counter drop`,
    ];
  });
}

function isCut(fault: NodePairs, from: string, to: string): boolean {
  if (fault.node !== undefined && fault.node !== from && fault.node !== to) return false;
  if (fault.between !== undefined && !(fault.between.includes(from) && fault.between.includes(to))) return false;
  return (fault.from === undefined || fault.from === from) && (fault.to === undefined || fault.to === to);
}

function port({ to }: { to: { port?: number | undefined } }): string {
  return to.port === undefined ? '' : `tcp dport ${to.port} `;
}

function destinationPort({ to }: { to: { port?: number | undefined } }): string {
  return to.port === undefined ? '' : `th dport ${to.port} `;
}

function chain(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line};\n`).join('')}  }`;
}

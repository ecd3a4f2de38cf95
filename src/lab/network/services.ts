/**
 * Services as kube-proxy makes them in its nftables mode (kubernetes, pkg/proxy/nftables/README.md): DNAT with a random
 * choice on the client's node, masquerade where the answer would not come back, ICMP reject where nobody answers.
 * Pure: Services and EndpointSlices in, the body of one nftables table of one family out, in the words for IPv4 (nft-words.ts).
 */
import { isIP } from 'node:net';
import { RANGES, atPort, familyOf, type NodeAddresses } from './address-plan.ts';
import { inName } from './nft-words.ts';
import { servicePorts, type Backend, type ServicePort } from './service-ports.ts';
import type { Family, KubeObject } from '../model.ts';

/** kube-proxy's default mark for packets to masquerade (bit 14). */
const MARK = '0x4000';
const MASQUERADE = `meta mark set meta mark or ${MARK}`;

export interface ProxyInput {
  readonly services: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
  /** The node that the table is for. */
  readonly node: Pick<NodeAddresses, 'name' | 'family' | 'podRange' | 'localAddress'>;
}

/** One port of one Service, and the ways in. */
interface Entrance {
  readonly chain: string;
  readonly port: ServicePort;
  readonly clusterIps: readonly string[];
  readonly externalIps: readonly string[];
  readonly localOnly: boolean;
  /** internalTrafficPolicy Local: clients in the cluster get endpoints of their own node, or none. */
  readonly internalLocalOnly: boolean;
}

/** The body of table `kube-proxy` for one node. */
export function proxyTable({ services, slices, node }: ProxyInput): string {
  const { pods } = RANGES[node.family];
  const entrances = services.flatMap((service) => entrancesOf(service, slices, node.family));
  const open = entrances.filter(({ port }) => port.backends.length > 0);
  return [
    ...endpointChains(open),
    ...open.flatMap((entrance) => [
      ...balanceChain(entrance),
      ...internalChain(entrance, node.name),
      ...externalChain(entrance, node),
    ]),
    chain('services', dispatch(open, node)),
    chain('unserved', [
      ...entrances.flatMap((entrance) => refuse(entrance, node.name)),
      ...strayClusterIps(entrances, node.family),
    ]),
    chain('prerouting', ['type nat hook prerouting priority dstnat', 'goto services']),
    chain('output', ['type nat hook output priority -100', 'goto services']),
    chain('postrouting', [
      'type nat hook postrouting priority srcnat',
      // What masquerade would find on a bridge; here each pod has a device without an address.
      `meta mark and ${MARK} == ${MARK} ip daddr ${node.podRange} snat to ${node.localAddress}`,
      `meta mark and ${MARK} == ${MARK} meta mark set meta mark xor ${MARK} masquerade`,
      // The network plugin's part: pods have no address outside.
      `ip saddr ${pods} ip daddr != ${pods} masquerade`,
    ]),
    // Before policies: what was not translated has no pod as its destination.
    ...['input', 'forward', 'output'].map((hook) =>
      chain(`unserved-${hook}`, [`type filter hook ${hook} priority filter - 10`, 'ct state new goto unserved']),
    ),
  ].join('\n');
}

function entrancesOf(service: KubeObject, slices: readonly KubeObject[], family: Family): Entrance[] {
  const spec = service['spec'] ?? {};
  if (spec.type === 'ExternalName') return [];
  const isAddress = (text: unknown): text is string => isOf(text, family);
  const clusterIps = (spec.clusterIPs ?? [spec.clusterIP]).filter(isAddress);
  const balancers = (service['status']?.loadBalancer?.ingress ?? []).map(({ ip }: { ip?: string }) => ip);
  const externalIps = [...(spec.externalIPs ?? []), ...balancers].filter(isAddress);
  if (clusterIps.length === 0) return [];
  const { namespace, name } = service.metadata;
  return servicePorts(service, slices, family).map((port) => ({
    chain: `${namespace}/${name}/${port.protocol}/${port.port}`,
    port,
    clusterIps,
    externalIps,
    localOnly: spec.externalTrafficPolicy === 'Local',
    internalLocalOnly: spec.internalTrafficPolicy === 'Local',
  }));
}

/** One chain per endpoint: a pod that reaches itself through a Service must not see its own address (hairpin). */
function endpointChains(entrances: readonly Entrance[]): string[] {
  const chains = entrances.flatMap(({ port }) =>
    port.backends.map((backend): [string, string] => [
      endpointName(port, backend),
      chain(endpointName(port, backend), [
        `ip saddr ${backend.address} ${MASQUERADE}`,
        `meta l4proto ${port.protocol} dnat to ${atPort(backend.address, backend.port)}`,
      ]),
    ]),
  );
  return [...new Map(chains).values()];
}

function balanceChain({ chain: name, port }: Entrance): string[] {
  return [chain(`service/${name}`, choose(port, port.backends))];
}

/** What clients in the cluster get where internalTrafficPolicy narrows it. */
function internalChain({ chain: name, port, internalLocalOnly }: Entrance, node: string): string[] {
  const local = localBackends(port, node);
  return internalLocalOnly && local.length > 0 ? [chain(`internal/${name}`, choose(port, local))] : [];
}

function externalChain(entrance: Entrance, node: ProxyInput['node']): string[] {
  const { chain: name, port, localOnly } = entrance;
  if (externals(entrance).length === 0) return [];
  const local = localBackends(port, node.name);
  if (!localOnly) return [chain(`external/${name}`, [MASQUERADE, `goto service/${name}`])];
  return [
    chain(`external/${name}`, [
      // Clients inside the cluster are not bound by externalTrafficPolicy.
      `ip saddr ${RANGES[node.family].pods} goto service/${name}`,
      `fib saddr type local ${MASQUERADE}`,
      `fib saddr type local goto service/${name}`,
      ...choose(port, local),
    ]),
  ];
}

function localBackends({ backends }: ServicePort, node: string): Backend[] {
  return backends.filter((backend) => backend.node === node);
}

function choose(port: ServicePort, backends: readonly Backend[]): string[] {
  if (backends.length === 0) return [];
  const verdicts = backends.map((backend, index) => `${index} : goto ${endpointName(port, backend)}`);
  return [`numgen random mod ${backends.length} vmap { ${verdicts.join(', ')} }`];
}

/** One map for all: a rule for each Service would make the table too long for one message of an ordinary user (net.core.wmem_max). */
function dispatch(entrances: readonly Entrance[], { name: node, family }: ProxyInput['node']): string[] {
  const ways = new Map(
    entrances.flatMap(({ chain: name, clusterIps, port, internalLocalOnly }) => {
      if (internalLocalOnly && localBackends(port, node).length === 0) return [];
      const to = `goto ${internalLocalOnly ? 'internal' : 'service'}/${name}`;
      return clusterIps.map((address) => [`${address} . ${port.protocol} . ${port.port}`, to] as const);
    }),
  );
  const outside = entrances.flatMap((entrance) =>
    externals(entrance).map((match) => `${match} goto external/${entrance.chain}`),
  );
  if (ways.size === 0) return outside;
  return [
    `ip daddr ${RANGES[family].services} ip saddr != ${RANGES[family].pods} ${MASQUERADE}`,
    `ip daddr . meta l4proto . th dport vmap { ${[...ways].map((way) => way.join(' : ')).join(', ')} }`,
    ...outside,
  ];
}

/** Ways in from outside: the node port on the node's own addresses, and addresses that lead to the cluster. */
function externals({ port, externalIps }: Entrance): string[] {
  const node = port.nodePort === null ? [] : [`fib daddr type local ${port.protocol} dport ${port.nodePort}`];
  return [...node, ...externalIps.map((address) => `ip daddr ${address} ${port.protocol} dport ${port.port}`)];
}

/** A port without endpoints is rejected (port unreachable); one whose endpoints are all elsewhere is dropped. */
function refuse(entrance: Entrance, node: string): string[] {
  const { port, clusterIps, localOnly, internalLocalOnly } = entrance;
  const internal = clusterIps.map((address) => `ip daddr ${address} ${port.protocol} dport ${port.port}`);
  if (port.backends.length === 0) return [...internal, ...externals(entrance)].map((match) => `${match} reject`);
  if (localBackends(port, node).length > 0) return [];
  const dropped = [...(internalLocalOnly ? internal : []), ...(localOnly ? externals(entrance) : [])];
  return dropped.map((match) => `${match} drop`);
}

/** What still carries a Service address here matched no port of it, or no Service at all. */
function strayClusterIps(entrances: readonly Entrance[], family: Family): string[] {
  const known = [...new Set(entrances.flatMap(({ clusterIps }) => clusterIps))];
  return [
    ...(known.length === 0 ? [] : [`ip daddr { ${known.join(', ')} } reject`]),
    `ip daddr ${RANGES[family].services} drop`,
  ];
}

function endpointName(port: ServicePort, { address, port: number }: Backend): string {
  return `endpoint/${port.protocol}/${inName(address)}/${number}`;
}

function chain(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line};\n`).join('')}  }`;
}

function isOf(text: unknown, family: Family): text is string {
  return typeof text === 'string' && isIP(text) !== 0 && familyOf(text) === family;
}

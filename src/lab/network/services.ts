/**
 * Services as kube-proxy makes them in its nftables mode (kubernetes, pkg/proxy/nftables/README.md): DNAT with a random
 * choice on the client's node, masquerade where the answer would not come back, ICMP reject where nobody answers.
 * Pure: Services and EndpointSlices in, the body of one nftables table out.
 */
import { POD_RANGE, SERVICE_RANGE, type NodeAddresses } from './address-plan.ts';
import { servicePorts, type Backend, type ServicePort } from './service-ports.ts';
import type { KubeObject } from '../model.ts';

/** kube-proxy's default mark for packets to masquerade (bit 14). */
const MARK = '0x4000';
const MASQUERADE = `meta mark set meta mark or ${MARK}`;

export interface ProxyInput {
  readonly services: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
  /** The node that the table is for. */
  readonly node: Pick<NodeAddresses, 'name' | 'podRange' | 'localAddress'>;
}

/** One port of one Service, and the ways in. */
interface Entrance {
  readonly chain: string;
  readonly port: ServicePort;
  readonly clusterIps: readonly string[];
  readonly externalIps: readonly string[];
  readonly localOnly: boolean;
}

/** The body of table `kube-proxy` for one node. */
export function proxyTable({ services, slices, node }: ProxyInput): string {
  const entrances = services.flatMap((service) => entrancesOf(service, slices));
  const open = entrances.filter(({ port }) => port.backends.length > 0);
  return [
    ...endpointChains(open),
    ...open.flatMap((entrance) => [...balanceChain(entrance), ...externalChain(entrance, node.name)]),
    chain('services', dispatch(open)),
    chain('unserved', [...entrances.flatMap((entrance) => refuse(entrance, node.name)), ...strayClusterIps(entrances)]),
    chain('prerouting', ['type nat hook prerouting priority dstnat', 'goto services']),
    chain('output', ['type nat hook output priority -100', 'goto services']),
    chain('postrouting', [
      'type nat hook postrouting priority srcnat',
      // What masquerade would find on a bridge; here each pod has a device without an address.
      `meta mark and ${MARK} == ${MARK} ip daddr ${node.podRange} snat to ${node.localAddress}`,
      `meta mark and ${MARK} == ${MARK} meta mark set meta mark xor ${MARK} masquerade`,
      // The network plugin's part: pods have no address outside.
      `ip saddr ${POD_RANGE} ip daddr != ${POD_RANGE} masquerade`,
    ]),
    // Before policies: what was not translated has no pod as its destination.
    ...['input', 'forward', 'output'].map((hook) =>
      chain(`unserved-${hook}`, [`type filter hook ${hook} priority filter - 10`, 'ct state new goto unserved']),
    ),
  ].join('\n');
}

function entrancesOf(service: KubeObject, slices: readonly KubeObject[]): Entrance[] {
  const spec = service['spec'] ?? {};
  if (spec.type === 'ExternalName') return [];
  const clusterIps = (spec.clusterIPs ?? [spec.clusterIP]).filter(isAddress);
  const balancers = (service['status']?.loadBalancer?.ingress ?? []).map(({ ip }: { ip?: string }) => ip);
  const externalIps = [...(spec.externalIPs ?? []), ...balancers].filter(isAddress);
  if (clusterIps.length === 0) return [];
  const { namespace, name } = service.metadata;
  return servicePorts(service, slices).map((port) => ({
    chain: `${namespace}/${name}/${port.protocol}/${port.port}`,
    port,
    clusterIps,
    externalIps,
    localOnly: spec.externalTrafficPolicy === 'Local',
  }));
}

/** One chain per endpoint: a pod that reaches itself through a Service must not see its own address (hairpin). */
function endpointChains(entrances: readonly Entrance[]): string[] {
  const chains = entrances.flatMap(({ port }) =>
    port.backends.map((backend): [string, string] => [
      endpointName(port, backend),
      chain(endpointName(port, backend), [
        `ip saddr ${backend.address} ${MASQUERADE}`,
        `meta l4proto ${port.protocol} dnat to ${backend.address}:${backend.port}`,
      ]),
    ]),
  );
  return [...new Map(chains).values()];
}

function balanceChain({ chain: name, port }: Entrance): string[] {
  return [chain(`service/${name}`, choose(port, port.backends))];
}

function externalChain(entrance: Entrance, node: string): string[] {
  const { chain: name, port, localOnly } = entrance;
  if (externals(entrance).length === 0) return [];
  const local = port.backends.filter((backend) => backend.node === node);
  if (!localOnly) return [chain(`external/${name}`, [MASQUERADE, `goto service/${name}`])];
  return [
    chain(`external/${name}`, [
      // Clients inside the cluster are not bound by externalTrafficPolicy.
      `ip saddr ${POD_RANGE} goto service/${name}`,
      `fib saddr type local ${MASQUERADE}`,
      `fib saddr type local goto service/${name}`,
      ...choose(port, local),
    ]),
  ];
}

function choose(port: ServicePort, backends: readonly Backend[]): string[] {
  if (backends.length === 0) return [];
  const verdicts = backends.map((backend, index) => `${index} : goto ${endpointName(port, backend)}`);
  return [`numgen random mod ${backends.length} vmap { ${verdicts.join(', ')} }`];
}

/** One map for all: a rule for each Service would make the table too long for one message of an ordinary user (net.core.wmem_max). */
function dispatch(entrances: readonly Entrance[]): string[] {
  const ways = new Map(
    entrances.flatMap(({ chain: name, clusterIps, port }) =>
      clusterIps.map((address) => [`${address} . ${port.protocol} . ${port.port}`, `goto service/${name}`] as const),
    ),
  );
  const outside = entrances.flatMap((entrance) =>
    externals(entrance).map((match) => `${match} goto external/${entrance.chain}`),
  );
  if (ways.size === 0) return outside;
  return [
    `ip daddr ${SERVICE_RANGE} ip saddr != ${POD_RANGE} ${MASQUERADE}`,
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
  const { port, clusterIps, localOnly } = entrance;
  if (port.backends.length === 0) {
    const internal = clusterIps.map((address) => `ip daddr ${address} ${port.protocol} dport ${port.port}`);
    return [...internal, ...externals(entrance)].map((match) => `${match} reject`);
  }
  if (!localOnly || port.backends.some((backend) => backend.node === node)) return [];
  return externals(entrance).map((match) => `${match} drop`);
}

/** What still carries a Service address here matched no port of it, or no Service at all. */
function strayClusterIps(entrances: readonly Entrance[]): string[] {
  const known = [...new Set(entrances.flatMap(({ clusterIps }) => clusterIps))];
  return [...(known.length === 0 ? [] : [`ip daddr { ${known.join(', ')} } reject`]), `ip daddr ${SERVICE_RANGE} drop`];
}

function endpointName(port: ServicePort, { address, port: number }: Backend): string {
  return `endpoint/${port.protocol}/${address}/${number}`;
}

function chain(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line};\n`).join('')}  }`;
}

function isAddress(text: unknown): text is string {
  return typeof text === 'string' && /^\d{1,3}(\.\d{1,3}){3}$/u.test(text);
}

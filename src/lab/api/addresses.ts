/** Cluster addresses, their families, and node ports for Services. */
import { isIP } from 'node:net';
import { RANGES, familyOf } from '../network/address-plan.ts';
import type { Family, KubeObject } from '../model.ts';

type Draft = Record<string, any>;

/** `.1` is the API server's and `.10` DNS's by convention; allocation starts behind them. */
const FIRST_OFFSET = 11;
const LAST_OFFSET = 65_534;
/** kube-apiserver's default `--service-node-port-range`. */
const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;

export interface Allocation {
  readonly services: readonly KubeObject[];
  /** The cluster's. */
  readonly families: readonly [Family, ...Family[]];
}

/** Gives a Service what it asks for; returns what is wrong, or null. Changes the draft in place. */
export function allocateAddresses(draft: Draft, { services, families }: Allocation): string | null {
  const spec = draft['spec'];
  if (spec.type === 'ExternalName') return null;
  const others = services.filter((service) => service.metadata.uid !== draft['metadata'].uid);
  const asked: string[] = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  const wanted = familiesOf(spec, asked, families);
  if (typeof wanted === 'string') return wanted;
  const taken = new Set<string>(others.flatMap((service) => service['spec'].clusterIPs ?? []));
  spec.clusterIPs = asked[0] === 'None' ? asked : wanted.map((family) => addressIn(family, { draft, asked, taken }));
  [spec.clusterIP] = spec.clusterIPs;
  spec.ipFamilies = wanted;
  spec.ipFamilyPolicy ??= 'SingleStack';
  const wrong = spec.clusterIPs.map((address: string) => wrongAddress(address, taken)).find(Boolean);
  if (wrong !== undefined) return wrong;
  return spec.type === 'ClusterIP' ? null : allocatePorts(spec, others);
}

/** By what the Service says of its families and addresses; a text says what is wrong with that. */
function familiesOf(
  { ipFamilies, ipFamilyPolicy }: Draft,
  asked: readonly string[],
  families: Allocation['families'],
): Family[] | string {
  const named: Family[] = ipFamilies ?? asked.filter((address) => isIP(address) !== 0).map(familyOf);
  const absent = named.find((family) => !families.includes(family));
  if (absent !== undefined) return `${absent} is not configured on this cluster`;
  if (ipFamilyPolicy === 'RequireDualStack' && families.length < 2)
    return 'Cluster is not configured for dual-stack services';
  const isDual = ipFamilyPolicy === 'PreferDualStack' || ipFamilyPolicy === 'RequireDualStack';
  const all = [...new Set([...named, ...families])];
  return isDual ? all : all.slice(0, Math.max(1, ipFamilyPolicy === undefined ? named.length : 1));
}

interface Wish {
  readonly draft: Draft;
  readonly asked: readonly string[];
  readonly taken: ReadonlySet<string>;
}

function addressIn(family: Family, { draft, asked, taken }: Wish): string {
  const { dnsService } = RANGES[family];
  const own = asked.find((address) => isIP(address) !== 0 && familyOf(address) === family);
  return own ?? (isDns(draft) && !taken.has(dnsService) ? dnsService : freeAddress(family, taken));
}

function wrongAddress(address: string, taken: ReadonlySet<string>): string | null {
  if (address === 'None') return null;
  const { services } = RANGES[familyOf(address)];
  if (!address.startsWith(prefixOf(familyOf(address))))
    return `failed to allocate IP ${address}: the provided IP is not in the valid range. The range of valid IPs is ${services}`;
  return taken.has(address) ? `failed to allocate IP ${address}: provided IP is already allocated` : null;
}

function allocatePorts(spec: Draft, others: readonly KubeObject[]): string | null {
  const ports = new Set<number>(
    others.flatMap((service) => (service['spec'].ports ?? []).map((port: Draft) => port['nodePort'])),
  );
  for (const port of spec['ports'] ?? []) {
    if (port.nodePort !== undefined && ports.has(port.nodePort))
      return `provided port is already allocated: ${port.nodePort}`;
    port.nodePort ??= freePort(ports);
    ports.add(port.nodePort);
  }
  return null;
}

function isDns(draft: Draft): boolean {
  return draft['metadata'].name === 'kube-dns' && draft['metadata'].namespace === 'kube-system';
}

/** What is written before the last 16 bits: the ranges are of that size in both families. */
function prefixOf(family: Family): string {
  return family === 'IPv6' ? 'fd00:96::' : '10.96.';
}

function freeAddress(family: Family, taken: ReadonlySet<string>): string {
  for (let offset = FIRST_OFFSET; offset <= LAST_OFFSET; offset++) {
    const host = family === 'IPv6' ? (offset + IPV6_OFFSET).toString(16) : `${offset >> 8}.${offset & 255}`;
    const address = `${prefixOf(family)}${host}`;
    if (!taken.has(address)) return address;
  }
  throw new Error('the Service range is exhausted');
}

/** Behind `::10`, which is DNS's: the digits there are hexadecimal. */
const IPV6_OFFSET = 0x10;

function freePort(taken: ReadonlySet<number>): number {
  for (let port = FIRST_NODE_PORT; port <= LAST_NODE_PORT; port++) if (!taken.has(port)) return port;
  throw new Error('the node port range is exhausted');
}

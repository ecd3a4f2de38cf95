/** Cluster addresses and node ports for Services. */
import type { KubeObject } from '../model.ts';

type Draft = Record<string, any>;

/** The first two octets of the Service range 10.96.0.0/16, which is kubeadm's default. */
const SERVICE_PREFIX = '10.96.';
/** `.1` is the API server's and `.10` DNS's by convention; allocation starts behind them. */
const FIRST_OFFSET = 11;
const LAST_OFFSET = 65_534;
/** kube-apiserver's default `--service-node-port-range`. */
const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;

/** Gives a Service what it asks for; returns what is wrong, or null. Changes the draft in place. */
export function allocateAddresses(draft: Draft, services: readonly KubeObject[]): string | null {
  const spec = draft['spec'];
  if (spec.type === 'ExternalName') return null;
  const others = services.filter((service) => service.metadata.uid !== draft['metadata'].uid);
  const taken = new Set<string>(others.map((service) => service['spec'].clusterIP));
  spec.clusterIP ||= isDns(draft) && !taken.has('10.96.0.10') ? '10.96.0.10' : freeAddress(taken);
  if (spec.clusterIP !== 'None') {
    if (!spec.clusterIP.startsWith(SERVICE_PREFIX))
      return `failed to allocate IP ${spec.clusterIP}: the provided IP is not in the valid range. The range of valid IPs is 10.96.0.0/16`;
    if (taken.has(spec.clusterIP)) return `failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`;
  }
  spec.clusterIPs = [spec.clusterIP];
  if (spec.type === 'ClusterIP') return null;
  const ports = new Set<number>(
    others.flatMap((service) => (service['spec'].ports ?? []).map((port: Draft) => port['nodePort'])),
  );
  for (const port of spec.ports ?? []) {
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

function freeAddress(taken: ReadonlySet<string>): string {
  for (let offset = FIRST_OFFSET; offset <= LAST_OFFSET; offset++) {
    const address = `${SERVICE_PREFIX}${offset >> 8}.${offset & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new Error('the Service range is exhausted');
}

function freePort(taken: ReadonlySet<number>): number {
  for (let port = FIRST_NODE_PORT; port <= LAST_NODE_PORT; port++) if (!taken.has(port)) return port;
  throw new Error('the node port range is exhausted');
}

/** One flow that somebody asks for → the path that a run would measure, and the agent that it starts from. Pure. */
import { clusterProbeName, weighted } from '../experiments/path.ts';
import type { Cluster, Pod } from '../model/cluster.ts';
import type { Agent, Destination, Path, Probe } from '../model/plan.ts';
import { hostAgent, twinAgent } from './agents.ts';

const DNS_PORT = 53;
/** Of a datagram to whoever listens: enough for kprobe's own question, should it be kprobe that answers. */
const DATAGRAM_BYTES = 64;

export interface Flow {
  readonly from: { readonly node: string; readonly pod: Pod | null };
  readonly to: Extract<Destination, { address: string; port: number }>;
  readonly protocol: 'tcp' | 'udp';
}

export function flowPath(
  { from, to, protocol }: Flow,
  cluster: Cluster,
): { readonly agent: Agent; readonly path: Path } {
  const agent = from.pod === null ? hostAgent(from.node) : twinAgent('as', from.pod);
  const { path } = weighted('user', agent, to, probeOf(to, protocol, cluster));
  return { agent, path };
}

/** Nothing is asked over TCP but the connection; a DNS server answers to a question only. */
function probeOf(to: Flow['to'], protocol: Flow['protocol'], cluster: Cluster): Probe {
  const { address, port } = to;
  const isName = to.kind === 'external' && !/^[\d.]+$|:/u.test(address);
  const where = isName ? { name: address, port } : { address, port };
  if (protocol === 'tcp') return { kind: 'tcp', to: where, echo: false, bytes: 0 };
  if (port !== DNS_PORT) return { kind: 'udp', to: where, bytes: DATAGRAM_BYTES };
  return { kind: 'dns', to: where, transport: 'udp', name: clusterProbeName(cluster), type: 'A' };
}

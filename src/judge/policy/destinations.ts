/** What a policy sees at the far end of a path: the pods behind a Service, never the Service (policy reference S14). */
import type { Cluster, ObjectName, Pod } from '../../model/cluster.ts';
import type { Agent, Destination, Path } from '../../model/plan.ts';
import { isSameAddress } from './address.ts';
import { partyAt, partyOf } from './party.ts';
import type { Party } from './party.ts';
import type { Protocol } from './select.ts';
import { slicesOf } from '../../model/service-slices.ts';

export interface End {
  readonly party: Party;
  /** null: not known. */
  readonly port: number | null;
  /** Of the Service in front; null where there is none. */
  readonly servicePort: number | null;
  /** Why the source may be another than the sender when the policy sees it; null: it is the sender. */
  readonly rewritten: string | null;
}

export interface Surroundings {
  readonly cluster: Cluster;
  readonly agents: ReadonlyMap<string, Agent>;
  /** What an agent said of itself; null: it never did. */
  heard(agentId: string): { addresses: readonly string[]; tcp: readonly number[]; udp: readonly number[] } | null;
}

/** Empty: nothing stands there, or nobody knows what. */
export function endsOf(around: Surroundings, path: Path): readonly End[] {
  const { cluster } = around;
  const { to } = path;
  switch (to.kind) {
    case 'agent':
      return agentEnds(around, to, protocolOf(path));
    case 'service':
      return serviceEnds(cluster, to, { port: to.port, protocol: protocolOf(path) });
    case 'dns-server':
      if (to.service !== null) return serviceEnds(cluster, to.service, { port: to.port, protocol: protocolOf(path) });
      return addressEnds(cluster, to, protocolOf(path));
    case 'backend':
    case 'external':
      return addressEnds(cluster, to, protocolOf(path));
    case 'entry':
      return entryEnds(cluster, to);
    case 'resolver':
      return cluster.dnsService === null ? [] : serviceEnds(cluster, cluster.dnsService, { port: 53, protocol: 'UDP' });
    default:
      return to satisfies never;
  }
}

export function protocolOf({ probe }: Path): Protocol {
  if (probe.kind === 'dns') return probe.transport === 'udp' ? 'UDP' : 'TCP';
  return probe.kind === 'udp' || probe.kind === 'resolver' ? 'UDP' : 'TCP';
}

type To<K extends Destination['kind']> = Extract<Destination, { kind: K }>;

function agentEnds(around: Surroundings, to: To<'agent'>, protocol: Protocol): readonly End[] {
  const agent = around.agents.get(to.agent);
  if (agent === undefined) return [];
  const said = around.heard(agent.id);
  const listening = protocol === 'UDP' ? said?.udp : said?.tcp;
  return [direct(agentParty(around, agent, said?.addresses ?? []), to.port ?? listening?.[0] ?? null)];
}

/**
 * An agent as a policy sees it, under these addresses; no agent in the cluster runs as root. A twin copies the ports of its original with
 * their names.
 */
export function agentParty(
  { cluster }: Pick<Surroundings, 'cluster'>,
  agent: Agent,
  addresses: readonly string[],
): Party {
  const { node, identity, of } = agent;
  if (agent.kind === 'local') return { kind: 'unknown', because: 'where kprobe itself runs has no known address' };
  if (identity.hostNetwork) return { kind: 'host', node, addresses, runsAs: 'other' };
  const { namespace, labels } = identity;
  return {
    kind: 'pod',
    namespace,
    labels,
    addresses,
    node,
    ports: of === null ? [] : (podNamed(cluster, of)?.ports ?? []),
  };
}

function serviceEnds(cluster: Cluster, name: ObjectName, asked: { port: number; protocol: Protocol }): readonly End[] {
  const service = cluster.services.find((each) => each.namespace === name.namespace && each.name === name.name);
  const servicePort = service?.ports.find((each) => each.port === asked.port && each.protocol === asked.protocol);
  if (servicePort === undefined) return [];
  return slicesOf(cluster, name).flatMap((slice) => {
    const port = slice.ports.find(
      (each) => (each.name ?? '') === (servicePort.name ?? '') && each.protocol === asked.protocol,
    );
    if (port === undefined) return [];
    return slice.endpoints
      .filter((endpoint) => endpoint.ready)
      .map((endpoint) => ({ ...direct(partyAt(cluster, endpoint.address), port.port), servicePort: asked.port }));
  });
}

/** A literal address may be a pod's, a node's, a Service's or nobody's here. */
function addressEnds(cluster: Cluster, to: { address: string; port: number }, protocol: Protocol): readonly End[] {
  const service = cluster.services.find((each) => each.clusterIps.some((ip) => isSameAddress(ip, to.address)));
  if (service !== undefined) return serviceEnds(cluster, service, { port: to.port, protocol });
  return [direct(partyAt(cluster, to.address), to.port)];
}

/** On a node's address answers a hostNetwork pod, a hostPort or a NodePort; on another one, a load balancer. */
function entryEnds(cluster: Cluster, to: To<'entry'>): readonly End[] {
  const balanced = cluster.services.find((each) => each.externalAddresses.some((ip) => isSameAddress(ip, to.address)));
  if (balanced !== undefined) return rewritten(serviceEnds(cluster, balanced, { port: to.port, protocol: 'TCP' }));
  const party = partyAt(cluster, to.address);
  if (party.kind === 'address') return [];
  if (party.kind !== 'host') return [direct(party, to.port)];
  const behind = hostPortPods(cluster, party.node, to.port);
  if (behind.length > 0) return behind;
  const nodePort = cluster.services
    .flatMap((service) => service.ports.map((port) => ({ service, port })))
    .find(({ port }) => port.nodePort === to.port && port.protocol === 'TCP');
  if (nodePort === undefined) return [direct(party, to.port)];
  return rewritten(serviceEnds(cluster, nodePort.service, { port: nodePort.port.port, protocol: 'TCP' }));
}

function hostPortPods(cluster: Cluster, node: string | null, hostPort: number): readonly End[] {
  return cluster.pods
    .filter((pod) => pod.node === node && pod.phase === 'Running' && !pod.hostNetwork)
    .flatMap((pod) => {
      const port = pod.ports.find((each) => each.hostPort === hostPort && each.protocol === 'TCP');
      return port === undefined ? [] : [direct(partyOf(pod), port.port)];
    });
}

/** Whether policies see the client or a node there is undefined by Kubernetes (policy reference 1.4). */
function rewritten(ends: readonly End[]): readonly End[] {
  const because = 'a NodePort or load balancer may have replaced the source address';
  return ends.map((end) => ({ ...end, rewritten: because }));
}

function direct(party: Party, port: number | null): End {
  return { party, port, servicePort: null, rewritten: null };
}

function podNamed(cluster: Cluster, name: ObjectName): Pod | undefined {
  return cluster.pods.find((pod) => pod.namespace === name.namespace && pod.name === name.name);
}

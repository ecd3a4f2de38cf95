/** The last hop: each endpoint as every source under test and every neutral one reaches it, the Service's address beside it, and the controlled experiment. */
import type { Cluster, Node } from '../../model/cluster.ts';
import type { Agent, Destination } from '../../model/plan.ts';
import type { Target } from '../../model/target.ts';
import type { Vantages } from '../cast.ts';
import { backendsOf, podNamed } from '../vantages.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { agentAt, application, tcpEcho } from './probe.ts';

/** A Service of more backends than this is sampled: one bad endpoint in twelve still shows as a path of its own. */
const MOST_BACKENDS = 12;

export function endpointPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  if (target.kind === 'external') return [];
  const isUsers = target.entries.length === 0 && target.service === null;
  return backendsOf(target)
    .slice(0, MOST_BACKENDS)
    .flatMap((backend) => {
      const pod = podNamed(cluster, backend.pod);
      const node = pod?.node ?? backend.node ?? nodeOfAddress(vantages.nodes, backend.address);
      const to: Destination = { kind: 'backend', address: backend.address, port: backend.port, node, pod: backend.pod };
      const probe = application(target, backend);
      const local = isUsers && pod === null ? [vantages.local] : [];
      return [
        ...[...vantages.askers, ...local].map((from) =>
          weighted({ experiment: 'endpoints', weight: isUsers ? 'user' : 'hop', from, to, probe }),
        ),
        ...neutral(vantages).map((from) =>
          weighted({ experiment: 'endpoints', weight: 'experiment', from, to, probe }),
        ),
      ];
    });
}

export function servicePaths(target: Target, vantages: Vantages): WeightedPath[] {
  const { service } = target;
  if (service === null || service.clusterIp === null) return [];
  const { namespace, name, port, clusterIp: address } = service;
  const to: Destination = { kind: 'service', namespace, name, address, port };
  const probe = application(target, { address, port });
  const weight = target.entries.length === 0 ? 'user' : 'experiment';
  return [
    ...vantages.askers.map((from) => weighted({ experiment: 'service-address', weight, from, to, probe })),
    ...neutral(vantages).map((from) =>
      weighted({ experiment: 'service-address', weight: 'experiment', from, to, probe }),
    ),
  ];
}

/**
 * The controlled experiment: from one source to the twin of a backend and to a control beside it. What differs is the
 * policy's doing. The control also answers on a port that nobody chose, so that "this port" is told from "this node".
 */
export function identityPaths(target: Target, vantages: Vantages): WeightedPath[] {
  const port = backendsOf(target)[0]?.port ?? null;
  const nodes = new Set(backendsOf(target).map((backend) => backend.node));
  const beside = vantages.controls.filter((agent) => nodes.size === 0 || nodes.has(agent.node));
  const echo = (from: Agent, to: Agent, at: number | null) =>
    weighted({ experiment: 'identities', weight: 'experiment', from, to: agentAt(to, at), probe: tcpEcho(to, at) });
  return [...vantages.askers, ...neutral(vantages)].flatMap((from) => {
    const others = beside.filter((control) => control.id !== from.id);
    return [
      ...vantages.stands.map((stand) => echo(from, stand, port)),
      ...others.map((control) => echo(from, control, port)),
      ...others.map((control) => echo(from, control, null)),
    ];
  });
}

/** Controls that do not stand for the user themselves. */
function neutral({ controls }: Vantages): Agent[] {
  return controls.filter((agent) => !agent.asks);
}

/** Only to the node's own addresses; a pod range does not prove that an address lives there. */
function nodeOfAddress(nodes: readonly Node[], address: string): string | null {
  return nodes.find((node) => node.addresses.includes(address))?.name ?? null;
}

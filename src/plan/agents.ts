/** Which nodes a run stands on, and whose identity each vantage has. */
import { backendsOf, dnsPods, podNamed } from '../experiments/facts.ts';
import type { Cluster, Node, Pod } from '../model/cluster.ts';
import type { Agent, Identity } from '../model/plan.ts';
import type { Target } from '../model/target.ts';

/** kprobe's own namespaces: the first meets Pod Security "restricted", the second holds host vantages and is optional. */
export const CONTROL_NAMESPACE = 'kprobe';
export const HOST_NAMESPACE = 'kprobe-host';

/** More nodes than this are not probed in one diagnosis; the mesh between them grows with the square. */
export const MOST_NODES = 6;

/** The nodes a target touches come first, then as many others as the budget allows: a contrast needs a node that is not involved. */
export function chooseNodes(cluster: Cluster, target: Target): { readonly nodes: Node[]; readonly leftOut: number } {
  const involved = [
    ...target.entries.map((entry) => entry.node),
    ...backendsOf(target).map((backend) => backend.node),
    ...(target.from?.pods ?? []).map((name) => podNamed(cluster, name)?.node ?? null),
    ...dnsPods(cluster).map((pod) => pod.node),
  ];
  const usable = usableByName(cluster);
  const touched = [...new Set(involved)].flatMap((name) => (name === null ? [] : (usable.get(name) ?? [])));
  const nodes = new Set(touched.slice(0, MOST_NODES));
  for (const node of usable.values()) if (nodes.size < MOST_NODES) nodes.add(node);
  return { nodes: [...nodes], leftOut: usable.size - nodes.size };
}

/** In the order of names; a sweep asks for each of its thousands of targets. */
function usableByName(cluster: Cluster): ReadonlyMap<string, Node> {
  const known = usableOf.get(cluster);
  if (known !== undefined) return known;
  const usable = cluster.nodes.filter(({ ready }) => ready).toSorted((a, b) => a.name.localeCompare(b.name));
  const byName = new Map(usable.map((node) => [node.name, node]));
  usableOf.set(cluster, byName);
  return byName;
}

const usableOf = new WeakMap<Cluster, ReadonlyMap<string, Node>>();

export function identityOf(pod: Pod): Identity {
  return { namespace: pod.namespace, labels: pod.labels, hostNetwork: pod.hostNetwork };
}

export function controlAgent(node: string): Agent {
  const identity = { namespace: CONTROL_NAMESPACE, labels: {}, hostNetwork: false };
  return { id: `control@${node}`, kind: 'control', node, identity, of: null, underTest: false, ports: [] };
}

/** `client`: a pod on the host network of this node that the question is about; the vantage resolves names as it does. */
export function hostAgent(node: string, client: Pod | null = null): Agent {
  const identity = { namespace: HOST_NAMESPACE, labels: {}, hostNetwork: true };
  const resolver = client === null ? {} : dnsOf(client);
  return { id: `host@${node}`, kind: 'host', node, identity, of: null, underTest: false, ports: [], ...resolver };
}

/** It follows packets of the others through the rules of its node, and neither asks nor answers. */
export function tracerAgent(node: string): Agent {
  return { ...hostAgent(node), id: `tracer@${node}`, traces: true };
}

/** A twin that probes (`as`) or answers (`twin`) with the identity of one pod. */
export function twinAgent(role: 'as' | 'twin', pod: Pod): Agent {
  const owner = pod.owner?.name ?? pod.name;
  const of = { namespace: pod.namespace, name: pod.name };
  return {
    id: `${role}:${owner}@${pod.node}`,
    kind: 'twin',
    node: pod.node,
    identity: identityOf(pod),
    of,
    underTest: role === 'as',
    ports: pod.ports,
    ...dnsOf(pod),
  };
}

function dnsOf({ dnsPolicy: policy, dnsConfig: config }: Pod): Pick<Agent, 'dns'> {
  if (policy === undefined && config === undefined) return {};
  return { dns: { ...(policy === undefined ? {} : { policy }), ...(config === undefined ? {} : { config }) } };
}

/** A container in this very pod. */
export function insideAgent(pod: Pod): Agent {
  return { ...twinAgent('as', pod), id: `inside:${pod.owner?.name ?? pod.name}@${pod.node}`, kind: 'inside' };
}

export const LOCAL_AGENT: Agent = {
  id: 'local',
  kind: 'local',
  node: null,
  identity: { namespace: '', labels: {}, hostNetwork: false },
  of: null,
  underTest: false,
  ports: [],
};

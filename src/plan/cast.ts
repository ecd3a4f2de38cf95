/** The cast of a run: every agent, and who of them asks the question. */
import type { Cluster, Gap, Node, Pod } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { LOCAL_AGENT, backendsOf, chooseNodes, controlAgent, hostAgent, podNamed, twinAgent } from './vantages.ts';

export interface Cast {
  readonly nodes: readonly Node[];
  readonly local: Agent;
  readonly controls: readonly Agent[];
  readonly hosts: readonly Agent[];
  /** Those with the identity that the question is about: the ingress's, or that of `--from`; else the controls. */
  readonly askers: readonly Agent[];
  /** Answering twins of backend pods. */
  readonly stands: readonly Agent[];
  readonly gaps: readonly Gap[];
}

export function castAgents(cluster: Cluster, target: Target, hostVantages: boolean): Cast {
  const { nodes, leftOut } = chooseNodes(cluster, target);
  const gaps: Gap[] = [];
  if (leftOut > 0) {
    gaps.push({
      what: `${leftOut} of ${cluster.nodes.length} nodes`,
      because: `one diagnosis stands on ${nodes.length} nodes`,
    });
  }
  for (const node of cluster.nodes.filter((each) => !each.ready)) {
    gaps.push({ what: `node ${node.name}`, because: 'the node is not Ready, so no probe was placed on it' });
  }
  const controls = nodes.map((node) => controlAgent(node.name));
  const hosts = hostVantages ? nodes.map((node) => hostAgent(node.name)) : [];
  const faithful = castAskers({ cluster, target, nodes, hosts, gaps });
  const asking = new Set(faithful.length > 0 ? faithful : controls);
  const mark = (agent: Agent): Agent => ({ ...agent, asks: asking.has(agent) });
  return {
    nodes,
    local: LOCAL_AGENT,
    controls: controls.map(mark),
    hosts: hosts.map(mark),
    askers: [...asking].map(mark),
    stands: castStands(cluster, target, nodes),
    gaps,
  };
}

interface AskersQuestion {
  readonly cluster: Cluster;
  readonly target: Target;
  readonly nodes: readonly Node[];
  readonly hosts: readonly Agent[];
  readonly gaps: Gap[];
}

/** One asker a node is enough: policies do not tell two pods of one workload on one node apart. */
function castAskers({ cluster, target, nodes, hosts, gaps }: AskersQuestion): Agent[] {
  const names = target.from?.pods ?? (target.kind === 'ingress' ? target.entries.map((entry) => entry.pod) : []);
  const askers = new Map<string, Agent>();
  for (const name of names) {
    const pod = podNamed(cluster, name);
    if (pod === null || !nodes.some((node) => node.name === pod.node)) continue;
    const host = hosts.find((agent) => agent.node === pod.node);
    if (!pod.hostNetwork) {
      const twin = twinAgent('as', pod);
      askers.set(twin.id, twin);
    } else if (host !== undefined) {
      askers.set(host.id, host);
    } else {
      gaps.push({ what: `the view of ${pod.namespace}/${pod.name}`, because: `no host vantage on node ${pod.node}` });
    }
  }
  return [...askers.values()];
}

/** A twin answers beside each backend that a policy may isolate, one a node. */
function castStands(cluster: Cluster, target: Target, nodes: readonly Node[]): Agent[] {
  const stands = new Map<string, Agent>();
  for (const backend of backendsOf(target)) {
    const pod = podNamed(cluster, backend.pod);
    if (pod === null || pod.hostNetwork || !nodes.some((node) => node.name === pod.node)) continue;
    if (!maySomePolicyApply(cluster, pod)) continue;
    const twin = twinAgent('twin', pod);
    stands.set(twin.id, twin);
  }
  return [...stands.values()];
}

/** Twins cost a pod in somebody's namespace: they are made only where a policy could be at work. */
function maySomePolicyApply(cluster: Cluster, pod: Pod): boolean {
  const unread = cluster.unread.some((gap) => /networkpolic/i.test(gap.what));
  const inNamespace = cluster.networkPolicies.some((policy) => policy.namespace === pod.namespace);
  return unread || inNamespace || cluster.networking.unevaluated.length > 0;
}

/** The cast of a run: every agent, and who of them asks the question. */
import { backendsOf, podNamed } from '../experiments/facts.ts';
import type { Vantages } from '../experiments/vantages.ts';
import type { Cluster, Gap, Node, Pod } from '../model/cluster.ts';
import { count } from '../model/format.ts';
import type { Agent } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { isUnread } from '../model/unread.ts';
import { LOCAL_AGENT, chooseNodes, controlAgent, hostAgent, insideAgent, twinAgent } from './vantages.ts';

/** What is put into a pod stays listed in it: two show whether pods differ, more would show no more. */
const MOST_INSIDE = 2;

export interface Cast extends Vantages {
  readonly gaps: readonly Gap[];
}

/** Where vantages may stand; see PlanSettings. */
export interface Allowed {
  readonly hostVantages: boolean;
  readonly inside?: boolean;
}

export function castAgents(cluster: Cluster, target: Target, { hostVantages, inside = false }: Allowed): Cast {
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
  const question = { cluster, target, nodes, hosts, gaps };
  const faithful = inside ? castInside(question) : castAskers(question);
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

/** One a node, and only pods that run: nothing can be put into others. */
function castInside({ cluster, target, nodes, gaps }: AskersQuestion): Agent[] {
  const running = (target.from?.pods ?? [])
    .map((name) => podNamed(cluster, name))
    .filter((pod): pod is Pod => pod?.phase === 'Running' && !pod.terminating)
    .filter((pod) => nodes.some((node) => node.name === pod.node));
  const onePerNode = new Map(running.toReversed().map((pod) => [pod.node, pod]));
  const pods = [...onePerNode.values()].toReversed();
  const workload = `${target.from?.namespace}/${target.from?.workload}`;
  if (pods.length === 0) {
    gaps.push({ what: `the view from inside ${workload}`, because: 'none of its pods runs on a node that is probed' });
  } else if (pods.length > MOST_INSIDE) {
    gaps.push({
      what: `the view from inside ${workload} on ${count(pods.length - MOST_INSIDE, 'more node')}`,
      because: `containers are put into ${MOST_INSIDE} pods at most`,
    });
  }
  return pods.slice(0, MOST_INSIDE).map(insideAgent);
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
  const inNamespace = cluster.networkPolicies.some((policy) => policy.namespace === pod.namespace);
  return isUnread(cluster, 'networkpolicies') || inNamespace || cluster.networking.unevaluated.length > 0;
}

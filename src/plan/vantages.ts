/** The vantages of a run: every agent, and which of them are the sources under test. */
import { backendsOf, podNamed } from '../experiments/facts.ts';
import type { Vantages } from '../experiments/vantages.ts';
import type { Cluster, Limitation, Node, Pod } from '../model/cluster.ts';
import { count } from '../model/format.ts';
import type { Agent } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { isUnread } from '../model/unread.ts';
import { LOCAL_AGENT, chooseNodes, controlAgent, hostAgent, insideAgent, twinAgent } from './agents.ts';

/** What is put into a pod stays listed in it: two show whether pods differ, more would show no more. */
const MOST_INSIDE = 2;

export interface ChosenVantages extends Vantages {
  readonly limitations: readonly Limitation[];
}

/** Where vantages may stand; see PlanSettings. */
export interface Allowed {
  readonly hostVantages: boolean;
  readonly inside?: boolean;
}

export function chooseVantages(
  cluster: Cluster,
  target: Target,
  { hostVantages, inside = false }: Allowed,
): ChosenVantages {
  const { nodes, leftOut } = chooseNodes(cluster, target);
  const limitations: Limitation[] = [];
  if (leftOut > 0) {
    limitations.push({
      what: `${leftOut} of ${cluster.nodes.length} nodes`,
      because: `one diagnosis stands on ${nodes.length} nodes`,
    });
  }
  for (const node of cluster.nodes.filter((each) => !each.ready)) {
    limitations.push({ what: `node ${node.name}`, because: 'the node is not Ready, so no probe was placed on it' });
  }
  const controls = nodes.map((node) => controlAgent(node.name));
  const hosts = hostVantages
    ? nodes.map((node) => hostAgent(node.name, clientOnHostOf(cluster, target, node.name)))
    : [];
  const question = { cluster, target, nodes, hosts, limitations };
  const faithful = inside ? chooseInside(question) : chooseSources(question);
  const asking = new Set(faithful.length > 0 ? faithful : controls);
  const mark = (agent: Agent): Agent => ({ ...agent, underTest: asking.has(agent) });
  return {
    nodes,
    local: LOCAL_AGENT,
    controls: controls.map(mark),
    hosts: hosts.map(mark),
    sourcesUnderTest: [...asking].map(mark),
    destinationTwins: chooseDestinationTwins(cluster, target, nodes),
    limitations,
  };
}

interface SourcesQuestion {
  readonly cluster: Cluster;
  readonly target: Target;
  readonly nodes: readonly Node[];
  readonly hosts: readonly Agent[];
  readonly limitations: Limitation[];
}

/** Only who was named as a client: an ingress controller on the host network resolves nothing for its users. */
function clientOnHostOf(cluster: Cluster, { from }: Target, node: string): Pod | null {
  const pods = (from?.pods ?? []).map((name) => podNamed(cluster, name));
  return pods.find((pod) => pod?.hostNetwork === true && pod.node === node) ?? null;
}

/** One source a node is enough: policies do not tell two pods of one workload on one node apart. */
function chooseSources({ cluster, target, nodes, hosts, limitations }: SourcesQuestion): Agent[] {
  const names = target.from?.pods ?? (target.kind === 'ingress' ? target.entries.map((entry) => entry.pod) : []);
  const sourcesUnderTest = new Map<string, Agent>();
  for (const name of names) {
    const pod = podNamed(cluster, name);
    if (pod === null || !nodes.some((node) => node.name === pod.node)) continue;
    const host = hosts.find((agent) => agent.node === pod.node);
    if (!pod.hostNetwork) {
      const twin = twinAgent('as', pod);
      sourcesUnderTest.set(twin.id, twin);
    } else if (host !== undefined) {
      sourcesUnderTest.set(host.id, host);
    } else {
      limitations.push({
        what: `the view of ${pod.namespace}/${pod.name}`,
        because: `no host vantage on node ${pod.node}`,
      });
    }
  }
  return [...sourcesUnderTest.values()];
}

/** One a node, and only pods that run: nothing can be put into others. */
function chooseInside({ cluster, target, nodes, limitations }: SourcesQuestion): Agent[] {
  const running = (target.from?.pods ?? [])
    .map((name) => podNamed(cluster, name))
    .filter((pod): pod is Pod => pod?.phase === 'Running' && !pod.terminating)
    .filter((pod) => nodes.some((node) => node.name === pod.node));
  const onePerNode = new Map(running.toReversed().map((pod) => [pod.node, pod]));
  const pods = [...onePerNode.values()].toReversed();
  const workload = `${target.from?.namespace}/${target.from?.workload}`;
  if (pods.length === 0) {
    limitations.push({
      what: `the view from inside ${workload}`,
      because: 'none of its pods runs on a node that is probed',
    });
  } else if (pods.length > MOST_INSIDE) {
    limitations.push({
      what: `the view from inside ${workload} on ${count(pods.length - MOST_INSIDE, 'more node')}`,
      because: `containers are put into ${MOST_INSIDE} pods at most`,
    });
  }
  return pods.slice(0, MOST_INSIDE).map(insideAgent);
}

/** A twin answers beside each backend that a policy may isolate, one a node. */
function chooseDestinationTwins(cluster: Cluster, target: Target, nodes: readonly Node[]): Agent[] {
  const destinationTwins = new Map<string, Agent>();
  for (const backend of backendsOf(target)) {
    const pod = podNamed(cluster, backend.pod);
    if (pod === null || pod.hostNetwork || !nodes.some((node) => node.name === pod.node)) continue;
    if (!maySomePolicyApply(cluster, pod)) continue;
    const twin = twinAgent('twin', pod);
    destinationTwins.set(twin.id, twin);
  }
  return [...destinationTwins.values()];
}

/** Twins cost a pod in somebody's namespace: they are made only where a policy could be at work. */
function maySomePolicyApply(cluster: Cluster, pod: Pod): boolean {
  const inNamespace = cluster.networkPolicies.some((policy) => policy.namespace === pod.namespace);
  return isUnread(cluster, 'networkpolicies') || inNamespace || cluster.networking.unevaluated.length > 0;
}

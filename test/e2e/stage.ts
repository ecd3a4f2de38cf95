/** Puts a scenario on a real cluster, faults included, and takes it away again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import type { LoadedScenario } from '../../src/lab/scenario/load-scenario.ts';
import type { Scenario } from '../../src/lab/scenario/scenario.ts';
import type { RealCluster } from './cluster.ts';
import { faultTable, NODE_FAULTS, NO_FAULTS, victimsOf } from './faults.ts';
import { hasNodeShell, hasPolicyMode, onNode, setPolicyMode } from './node-shell.ts';
import { translateManifests, translateScenario } from './translation.ts';

/** No API tells when proxies, policy enforcers and ingress controllers have taken up what they were given. */
const TAKEN_UP_MS = 5000;
/** null: no way of treating denied packets makes another engine of the cluster's own. */
const MODES = {
  calico: 'drop',
  'kube-router': 'reject',
  k3s: 'reject',
  flannel: 'none',
  'kube-network-policies': null,
} as const;

/** Why this scenario cannot be had on this cluster; null: it can. */
export function obstacle({ scenario, manifests }: LoadedScenario, cluster: RealCluster): string | null {
  if (scenario.command !== 'diagnose') return `asks for a ${scenario.command}`;
  if (typeof scenario.ingress === 'object') return `needs ${scenario.ingress.program} at the ingress`;
  if (scenario.ingress !== 'none' && scenario.ingress !== cluster.ingress)
    return `needs an ingress controller on the ${scenario.ingress} network`;
  if (scenario.nodes.length > cluster.nodes.length) return `needs ${scenario.nodes.length} nodes that take pods`;
  const odd = scenario.faults.find(({ kind }) => !NODE_FAULTS.has(kind));
  if (odd !== undefined) return `fault ${odd.kind} cannot be made from outside a kubelet`;
  if (scenario.nodes.some(({ synLinearTimeouts }) => synLinearTimeouts !== 4))
    return "needs another kernel's SYN schedule";
  if (scenario.faults.length > 0 && !hasNodeShell) return 'needs KPROBE_E2E_NODE_SHELL to break the network of nodes';
  if (MODES[scenario.profile] === null) return `needs ${scenario.profile} as the policy engine`;
  if (scenario.policyAgent !== undefined) return 'needs a policy agent that meets new pods in its own way';
  const isPolicy = manifests.some(({ kind }) => kind === 'NetworkPolicy');
  if (isPolicy && scenario.profile !== 'calico' && !hasPolicyMode)
    return `needs KPROBE_E2E_POLICY_MODE to have denied packets treated as ${MODES[scenario.profile]}`;
  return null;
}

export interface Staged extends AsyncDisposable {
  /** With the names of this cluster. */
  readonly scenario: Scenario;
  /** For the effects of a fix to be taken up. */
  untilTakenUp(): Promise<void>;
}

export async function stage({ scenario, manifests }: LoadedScenario, cluster: RealCluster): Promise<Staged> {
  const here = translateScenario(scenario, cluster.nodes);
  const objects = translateManifests(manifests, cluster.nodes);
  const noise: ChildProcess[] = [];
  const staged: Staged = {
    scenario: here,
    untilTakenUp: () => sleep(TAKEN_UP_MS),
    async [Symbol.asyncDispose]() {
      noise.forEach((each) => each.kill('SIGKILL'));
      if (here.faults.length > 0) await onEveryNode(cluster, () => NO_FAULTS);
      await cluster.remove(objects);
      await setPolicyMode('drop');
    },
  };
  try {
    await setPolicyMode(MODES[here.profile] ?? 'drop');
    await cluster.apply(objects);
    await cluster.rolledOut(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
    await breakNodes(here, cluster);
    noise.push(...here.faults.flatMap((fault) => (fault.kind === 'cpu-noise' ? busyProcesses(fault.processes) : [])));
    await staged.untilTakenUp();
    return staged;
  } catch (error) {
    await staged[Symbol.asyncDispose]();
    throw error;
  }
}

async function breakNodes(scenario: Scenario, cluster: RealCluster): Promise<void> {
  if (scenario.faults.length === 0) return;
  const victims = await Promise.all(
    scenario.faults.map(async (fault) =>
      'to' in fault && typeof fault.to === 'object'
        ? victimsOf(fault, await cluster.pods(fault.to.namespace, fault.to.labels))
        : [],
    ),
  );
  await onEveryNode(cluster, (node) => faultTable(scenario, victims.flat(), node, cluster.nodes));
}

async function onEveryNode(
  { nodes }: RealCluster,
  input: (node: RealCluster['nodes'][number]) => string,
): Promise<void> {
  for (const [index, node] of nodes.entries())
    await onNode(node, index + 1, { command: 'nft -f -', input: input(node) });
}

/** On this machine, which is a node's too where the cluster runs on it (kind and its like). */
function busyProcesses(count: number): ChildProcess[] {
  return Array.from({ length: count }, () => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
}

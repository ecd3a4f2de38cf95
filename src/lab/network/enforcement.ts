/** Keeps every namespace's rules in line with the store: Services, policies and faults, as one pass after each change. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createCycle } from '../cycle.ts';
import type { LabFabric } from './fabric.ts';
import { familyOf, narrowed, type NodeAddresses, type Stack } from './address-plan.ts';
import { inFamily } from './nft-words.ts';
import { nodeFaultTable, podFaultTable, type ActiveFaults } from '../faults/fault-tables.ts';
import { namespaceLabels, policyPod } from './policy-select.ts';
import type { Policy } from './policy-rules.ts';
import type { Tables } from './rule-writer.ts';
import { knownPods, type AgedPod } from './newborns.ts';
import { policyEngine } from './policy-engines.ts';
import { policyTable } from './policy-table.ts';
import { createRuleWriter } from './rule-writer.ts';
import { proxyTable } from './services.ts';
import { withUpstreams } from '../oddities.ts';
import type { Family, KubeObject, PolicyAgent, Store, Topology } from '../model.ts';

/** As short as kube-proxy's own minimum would never be, and long enough to join the changes of one rollout step. */
const QUIET_MS = 20;

const WATCHED = new Set(['services', 'endpointslices', 'pods', 'networkpolicies', 'namespaces']);

export interface Enforcement {
  /** Resolves when the rules of the present state are in the kernel. */
  applied(): Promise<void>;
  /** Resolves when the policy agent has learnt all pods that are there, and their rules are in the kernel. */
  learnt(): Promise<void>;
  forget(netns: string): void;
  stop(): void;
}

export interface EnforcementOptions {
  readonly store: Store;
  readonly topology: Topology;
  /** Late, because a fabric awaits the enforcement of its own pods. */
  readonly fabric: () => LabFabric;
  readonly faults: () => ActiveFaults;
  /** A pass that failed; the next change tries again. */
  readonly onProblem: (problem: string) => void;
}

/** Starts to follow the store. */
export function startEnforcement({ store, topology, fabric, faults, onProblem }: EnforcementOptions): Enforcement {
  const writer = createRuleWriter();
  const engine = policyEngine(topology);
  /** Of the state that the last pass brought about. */
  let nextMs: number | null = null;
  let alarm: NodeJS.Timeout | undefined;
  const pass = async () => {
    const { nodes, pods } = fabric();
    const objects = store.list('pods');
    const agent = engine?.agent ?? AT_ONCE;
    const known = topology.families.map((family) => ({ family, ...knownPods(agedPods(objects, pods, family), agent) }));
    // Each family has the same pods, of the same ages.
    nextMs = known[0]?.nextMs ?? null;
    clearTimeout(alarm);
    if (nextMs !== null) alarm = setTimeout(() => void cycle.request(), nextMs);
    const namespaces = namespaceLabels(store.list('namespaces'));
    const active = faults();
    const slices = withUpstreams(store.list('endpointslices'), active.late ?? []);
    const proxy = { services: store.list('services'), slices };
    const heardOf = (node: string): Policy[] =>
      store
        .list('networkpolicies')
        .filter(({ metadata }) => !isForgotten(active, node, metadata))
        .map(({ metadata, ...rest }) => ({ namespace: metadata.namespace ?? 'default', spec: rest['spec'] ?? {} }));
    const tablesOf = (node: NodeAddresses, stack: Stack, index: number): Tables => {
      const own = narrowed(node, stack);
      const all = nodes.map((each) => narrowed(each, each.stacks[index] ?? each));
      const { subjects, peers, family } = known[index] ?? { subjects: [], peers: [], family: stack.family };
      return inFamily(stack.family, {
        'kube-proxy': proxyTable({ ...(active.stopped?.get(node.name) ?? proxy), node: own }),
        'network-policy': policyTable({
          namespaces,
          subjects,
          peers,
          engine,
          family,
          policies: heardOf(node.name),
          node: node.name,
        }),
        faults: nodeFaultTable(active, { node: own, nodes: all, pods: objects, overlay: topology.overlay }),
      });
    };
    const writes = [
      ...nodes.map((node) =>
        writer.write(node.netns, merged(node.stacks.map((stack, index) => tablesOf(node, stack, index)))),
      ),
      ...objects.flatMap((pod) => {
        const attached = pods.get(pod.metadata.uid);
        if (attached === undefined) return [];
        const { node, netns } = attached;
        const tables = node.stacks.map((stack) =>
          inFamily(stack.family, { faults: podFaultTable(active, pod, narrowed(node, stack)) }),
        );
        return [writer.write(netns, merged(tables))];
      }),
    ];
    const failed = (await Promise.allSettled(writes)).filter((result) => result.status === 'rejected');
    for (const { reason } of failed) onProblem(String(reason));
  };
  const cycle = createCycle(pass, { quietMs: QUIET_MS });
  const unsubscribe = store.onChange((resource) => {
    if (WATCHED.has(resource)) void cycle.request();
  });
  return {
    applied: () => cycle.request(),
    async learnt() {
      await cycle.request();
      while (nextMs !== null) {
        await sleep(nextMs);
        await cycle.request();
      }
    },
    forget: (netns) => writer.forget(netns),
    stop: () => {
      unsubscribe();
      clearTimeout(alarm);
      nextMs = null;
      cycle.stop();
    },
  };
}

function isForgotten({ faults }: ActiveFaults, on: string, { namespace, name }: KubeObject['metadata']): boolean {
  return faults.some(
    (fault) =>
      fault.kind === 'forget-policy' &&
      fault.node === on &&
      fault.policy.namespace === (namespace ?? 'default') &&
      fault.policy.name === name,
  );
}

function merged(tables: readonly Tables[]): Tables {
  return Object.assign({}, ...tables);
}

/** Where nobody enforces, nothing has to be learnt. */
const AT_ONCE: PolicyAgent = { learnsAfterMs: 0, newborn: 'open', matchedAfterMs: 0 };

/** The pods that policies are about, by their addresses of one family. */
function agedPods(objects: readonly KubeObject[], attached: LabFabric['pods'], family: Family): AgedPod[] {
  const now = performance.now();
  return objects.flatMap((object) => {
    const place = attached.get(object.metadata.uid);
    if (place === undefined) return [];
    const address = place.addresses.find((each) => familyOf(each) === family) ?? place.address;
    const pod = policyPod(object, { address, node: place.node.name });
    return pod === null ? [] : [{ pod, ageMs: now - place.attachedAt }];
  });
}

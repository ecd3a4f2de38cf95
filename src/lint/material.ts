/** What rules look at: the cluster as it is or would be, with its pods by workload, and what may be concluded from absence. */
import type { Cluster, ContainerPort, NetworkPolicy, ObjectName, Pod } from '../model/cluster.ts';
import type { PodTemplate } from '../model/lint.ts';
import { isUnread } from '../model/unread.ts';
import { stableLabels } from '../judge/policy/manifest.ts';
import type { PodParty } from '../judge/policy/party.ts';

/** Pods of one workload that nothing distinguishes for good. */
export interface Group {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** e.g. `Deployment web`. */
  readonly workload: string;
  readonly hostNetwork: boolean;
  readonly ports: readonly ContainerPort[];
  readonly pods: number;
  /** Nodes on which they run; empty where that is not known. */
  readonly nodes: readonly string[];
  /** A Job's: they end by themselves. */
  readonly passing: boolean;
}

export interface ObjectRef {
  readonly kind: string;
  /** null for what has no namespace. */
  readonly namespace: string | null;
  readonly name: string;
}

export interface Given {
  readonly cluster: Cluster;
  /** Whether `cluster` is a whole cluster, or only what some files declare. */
  readonly isWhole: boolean;
  readonly templates: readonly PodTemplate[];
  /** Namespaces whose pods may come from elsewhere; `*`: all. */
  readonly opaque: ReadonlySet<string>;
  /** Whether an object is to be judged, or is only there. */
  readonly isSubject: (object: ObjectRef) => boolean;
}

export interface Material extends Given {
  readonly groups: readonly Group[];
  /** Whether all pods of a namespace are known, so that a label which none has is a label that none will have. */
  knowsPods(namespace: string): boolean;
  knowsServices(namespace: string): boolean;
  readonly knowsNamespaces: boolean;
  readonly knowsClasses: boolean;
  /** Of one namespace. */
  policiesOf(namespace: string): readonly NetworkPolicy[];
  /** The cluster with the policies of one namespace only: those of others say nothing of its pods. */
  clusterFor(namespace: string): Cluster;
}

/** Kinds that tell which pods there are, or will be: a CronJob has none between two runs. */
export const MAKE_PODS = ['pods', 'deployments', 'statefulsets', 'daemonsets', 'cronjobs'] as const;

export function materialOf(given: Given): Material {
  const { cluster, isWhole, opaque, templates } = given;
  const groups = groupsOf(cluster, templates);
  const withPods = new Set(groups.map(({ namespace }) => namespace));
  const withServices = new Set(cluster.services.map(({ namespace }) => namespace));
  const isOpen = (namespace: string) => opaque.has('*') || opaque.has(namespace);
  const policies = Map.groupBy(cluster.networkPolicies, ({ namespace }) => namespace);
  const narrowed = new Map<string, Cluster>();
  const policiesOf = (namespace: string) => policies.get(namespace) ?? [];
  return {
    ...given,
    groups,
    knowsPods: (namespace) => {
      if (isWhole && isUnread(cluster, ...MAKE_PODS)) return false;
      return isWhole || (withPods.has(namespace) && !isOpen(namespace));
    },
    knowsServices: (namespace) => {
      if (isWhole && isUnread(cluster, 'services')) return false;
      return isWhole || (withServices.has(namespace) && !isOpen(namespace));
    },
    knowsNamespaces: isWhole && !isUnread(cluster, 'namespaces', 'pods'),
    knowsClasses: isWhole && !isUnread(cluster, 'ingressclasses', 'pods'),
    policiesOf,
    clusterFor: (namespace) => {
      const found = narrowed.get(namespace) ?? { ...cluster, networkPolicies: [...policiesOf(namespace)] };
      narrowed.set(namespace, found);
      return found;
    },
  };
}

function groupsOf({ pods }: Cluster, templates: readonly PodTemplate[]): Group[] {
  const passing = new Set(
    templates.filter((each) => !each.isLasting).map((each) => `${each.namespace}/${each.kind} ${each.name}`),
  );
  const alive = pods.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed');
  const found = Map.groupBy(alive, (pod) =>
    JSON.stringify([pod.namespace, workloadOf(pod), pod.hostNetwork, stableLabels(pod.labels), pod.ports]),
  );
  const running = [...found.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const { namespace, labels, hostNetwork, ports } = first;
    const workload = workloadOf(first);
    return [
      {
        namespace,
        labels: stableLabels(labels),
        workload,
        hostNetwork,
        ports,
        pods: own.length,
        nodes: [...new Set(own.flatMap(({ node }) => node ?? []))],
        passing: first.owner?.kind === 'Job' || passing.has(`${namespace}/${workload}`),
      },
    ];
  });
  return [...running, ...idleGroups(templates, running)];
}

/** Workloads that have no pods at the moment: scaled to 0, or between two runs. */
function idleGroups(templates: readonly PodTemplate[], running: readonly Group[]): Group[] {
  const there = new Set(running.map(({ namespace, workload }) => `${namespace}/${workload}`));
  return templates
    .filter(({ kind, namespace, name }) => !there.has(`${namespace}/${kind} ${name}`))
    .map(({ kind, namespace, name, labels, hostNetwork, containers, isLasting }) => ({
      namespace,
      labels,
      workload: `${kind} ${name}`,
      hostNetwork,
      ports: containers.flatMap(({ ports }) => ports),
      pods: 0,
      nodes: [],
      passing: !isLasting,
    }));
}

/** A ReplicaSet of a Deployment is named after it and the hash of its template, which its pods carry as a label. */
function workloadOf({ owner, labels, name }: Pod): string {
  if (owner === null) return `Pod ${name}`;
  const suffix = `-${labels['pod-template-hash'] ?? ''}`;
  const isDeployments = owner.kind === 'ReplicaSet' && suffix.length > 1 && owner.name.endsWith(suffix);
  return isDeployments ? `Deployment ${owner.name.slice(0, -suffix.length)}` : `${owner.kind} ${owner.name}`;
}

/** Pods of a file stand on no node yet; this is none of those that are. */
const SOME_NODE = 'another node';

/** A group as policies see it, on a node that is none of those asked from. */
export function partyOfGroup({ namespace, labels, ports }: Group): PodParty {
  return { kind: 'pod', namespace, labels, ports, addresses: [], node: SOME_NODE };
}

export function policyRef({ namespace, name }: ObjectName): ObjectRef {
  return { kind: 'NetworkPolicy', namespace, name };
}

export function sayObject({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
}

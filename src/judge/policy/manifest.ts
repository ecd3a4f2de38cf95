/** What all fixes are made of: names that are free, selectors that stay true, YAML that applies. */
import { stringify } from 'yaml';
import type { Cluster, LabelSelector, NetworkPolicy } from '../../model/cluster.ts';
import type { Direction } from './policy-answer.ts';
import type { Peer, PolicyPort } from './select.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: object;
}

/** A change that heals: one sentence or two, and the object to apply. */
export interface Fix {
  readonly says: string;
  /** YAML of `object`, for kubectl apply. */
  readonly manifest: string;
  readonly object: Manifest;
  /** Whom it should admit and cannot name, as `says` tells; absent: nobody. */
  readonly leavesOut?: readonly string[];
}

export function fixOf(object: Manifest, says: string): Fix {
  return { says, object, manifest: stringify(object, { lineWidth: 0 }) };
}

type Labels = Readonly<Record<string, string>>;

/** Labels that controllers of Kubernetes and Argo Rollouts give to one revision, one replica or one run. */
const PASSING = new Set([
  'pod-template-hash',
  'rollouts-pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/job-completion-index',
]);

/** Without the labels that the next rollout, replica or run will not have. */
export function stableLabels(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !PASSING.has(key)));
}

/**
 * The pods that a fix is for: those of the policy at fault, or where that selects the whole namespace, the pod's workload.
 * Every one of them is isolated already: a further policy must not isolate a pod that was not.
 */
export function subjects(policy: NetworkPolicy, labels: Labels): LabelSelector {
  const own = selectorOf(policy);
  return Object.keys(own).length > 0 ? own : selecting(stableLabels(labels));
}

/** A policy's podSelector, without its empty parts. */
export function selectorOf({ spec }: NetworkPolicy): LabelSelector {
  const { matchLabels = {}, matchExpressions = [] } = spec.podSelector ?? {};
  const expressions = matchExpressions.map(({ key, operator, values }) =>
    values === null || values === undefined || values.length === 0 ? { key, operator } : { key, operator, values },
  );
  return { ...selecting(matchLabels), ...(expressions.length > 0 ? { matchExpressions: expressions } : {}) };
}

export function selecting(labels: Labels): LabelSelector {
  return Object.keys(labels).length > 0 ? { matchLabels: { ...labels } } : {};
}

/** The pods of one namespace that have these labels. */
export function podsOf(namespace: string, labels: Labels): Peer {
  return { namespaceSelector: namespaceNamed(namespace), podSelector: selecting(labels) };
}

export function namespaceNamed(name: string): LabelSelector {
  return { matchLabels: { 'kubernetes.io/metadata.name': name } };
}

interface PolicyParts {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: LabelSelector;
  readonly direction: Direction;
  readonly rules: readonly { readonly peers: readonly Peer[]; readonly ports: readonly PolicyPort[] }[];
}

export function networkPolicy({ cluster, namespace, name, podSelector, direction, rules }: PolicyParts): Manifest {
  const spec =
    direction === 'ingress'
      ? { policyTypes: ['Ingress'], ingress: rules.map(({ peers, ports }) => ({ from: peers, ports })) }
      : { policyTypes: ['Egress'], egress: rules.map(({ peers, ports }) => ({ to: peers, ports })) };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: freeName(cluster, namespace, name), namespace },
    spec: { podSelector, ...spec },
  };
}

function freeName(cluster: Cluster, namespace: string, wanted: string): string {
  const taken = new Set(
    cluster.networkPolicies.filter((each) => each.namespace === namespace).map((each) => each.name),
  );
  let name = wanted;
  for (let next = 2; taken.has(name); next += 1) name = `${wanted}-${next}`;
  return name;
}

/** Long enough to recognise, short enough that two of them and a few words make an object's name. */
const LONGEST_WORD = 60;

/** A workload by its usual labels, as a part of an object's name. */
export function wordFor(labels: Labels, otherwise: string): string {
  const keys = ['app.kubernetes.io/name', 'app', 'k8s-app', 'name'];
  const value = keys.map((key) => labels[key] ?? '').find((each) => each !== '') ?? otherwise;
  const word = value
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_WORD);
  return word.replaceAll(/^-+|-+$/g, '') || 'pods';
}

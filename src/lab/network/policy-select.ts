/** Whom a NetworkPolicy means: label selectors over pods and namespaces. */
import type { KubeObject } from '../model.ts';

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] | null }[];
}

/** A pod as a policy sees it. */
export interface PolicyPod {
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  readonly node: string;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

/** An empty selector selects everything; all its parts must hold. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return equal && (selector.matchExpressions ?? []).every((expression) => holds(expression, labels));
}

/** `NotIn` and `DoesNotExist` also hold for objects without the key. An operator that nobody knows holds for nothing. */
function holds(
  { key, operator, values }: { key: string; operator: string; values?: readonly string[] | null },
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  const listed = value !== undefined && (values ?? []).includes(value);
  switch (operator) {
    case 'In':
      return listed;
    case 'NotIn':
      return !listed;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/**
 * A pod object with its address in the lab's network, as policies see it; null for those that they leave alone: on
 * the host network, or ended.
 */
export function policyPod(pod: KubeObject, place: { address: string; node: string } | undefined): PolicyPod | null {
  const { spec, status, metadata } = pod;
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (place === undefined || spec?.hostNetwork === true || ended) return null;
  const containers: { ports?: { name?: string; protocol?: string; containerPort: number }[] }[] =
    spec?.containers ?? [];
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? 'default',
    labels: metadata.labels ?? {},
    ...place,
    ports: containers
      .flatMap(({ ports }) => ports ?? [])
      .flatMap(({ name, protocol, containerPort }) =>
        name === undefined ? [] : [{ name, protocol: (protocol ?? 'TCP').toLowerCase(), port: containerPort }],
      ),
  };
}

/** Namespaces' labels by name, with the one that every namespace has. */
export function namespaceLabels(namespaces: readonly KubeObject[]): Map<string, Record<string, string>> {
  return new Map(
    namespaces.map(({ metadata }) => [
      metadata.name,
      { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name },
    ]),
  );
}

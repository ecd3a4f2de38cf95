/** kprobe's own namespaces: with which labels a run makes them, and so how policies see what stands in them. Pure. */
import type { Cluster } from '../model/cluster.ts';
import { isUnread } from '../model/unread.ts';
import { CONTROL_NAMESPACE, HOST_NAMESPACE, MANAGED_BY } from './names.ts';

/** Pod Security levels (kubernetes.io, Pod Security Standards); others than these namespaces are never made. */
const LEVELS: Readonly<Record<string, string>> = { [CONTROL_NAMESPACE]: 'restricted', [HOST_NAMESPACE]: 'privileged' };

export function isOwnNamespace(name: string): boolean {
  return name in LEVELS;
}

export function ownLabels(name: string): Record<string, string> {
  return { ...MANAGED_BY, 'pod-security.kubernetes.io/enforce': LEVELS[name] ?? 'restricted' };
}

/**
 * With those that are still to be made. A first run finds none, and its probes stand in them all the same: without their labels
 * nobody knows whether a namespaceSelector means a probe. Where namespaces could not be listed, ours may be there with other labels.
 */
export function withOwnNamespaces(cluster: Cluster): Cluster {
  if (isUnread(cluster, 'namespaces')) return cluster;
  const known = new Set(cluster.namespaces.map(({ name }) => name));
  const missing = [CONTROL_NAMESPACE, HOST_NAMESPACE].filter((name) => !known.has(name));
  const made = missing.map((name) => ({ name, labels: ownLabels(name) }));
  return { ...cluster, namespaces: [...cluster.namespaces, ...made] };
}

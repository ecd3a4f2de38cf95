import type { Pod, Service } from '../model/cluster.ts';

/** A Service without a selector selects nobody: its endpoints are somebody else's work. */
export function selects({ namespace, selector }: Service, pod: Pod): boolean {
  const labels = Object.entries(selector);
  return namespace === pod.namespace && labels.length > 0 && labels.every(([key, value]) => pod.labels[key] === value);
}

/** A Service's selector beside the labels of the pods that it may have meant. */
import { stringify } from 'yaml';
import type { Cluster, Pod, Service } from '../../model/cluster.ts';
import { count } from '../../model/format.ts';

/** Pods of the Service's namespace that carry all labels of its selector and have not ended. */
export function podsSelected(cluster: Cluster, service: Service): Pod[] {
  const wanted = Object.entries(service.selector);
  return live(cluster, service).filter(
    (pod) => wanted.length > 0 && wanted.every(([key, value]) => pod.labels[key] === value),
  );
}

export interface NearLabels {
  readonly pods: string;
  readonly says: string;
  /** The Service's selector as it would have to be. */
  readonly manifest: string;
}

/**
 * The pods that differ from the selector in the values of keys that both have, or share most of its pairs; null where
 * nothing is shared, for then any proposal would be a guess.
 */
export function nearestLabels(cluster: Cluster, service: Service): NearLabels | null {
  const wanted = Object.entries(service.selector);
  const scored = live(cluster, service)
    .map((pod) => ({
      pod,
      keys: wanted.filter(([key]) => pod.labels[key] !== undefined).length,
      pairs: wanted.filter(([key, value]) => pod.labels[key] === value).length,
    }))
    .filter((each) => each.keys > 0)
    .toSorted((a, b) => b.pairs - a.pairs || b.keys - a.keys);
  const best = scored[0];
  if (best === undefined) return null;
  const right = Object.fromEntries(
    wanted.flatMap(([key]) => (best.pod.labels[key] === undefined ? [] : [[key, best.pod.labels[key]]])),
  );
  const alike = scored.filter((each) => Object.entries(right).every(([key, value]) => each.pod.labels[key] === value));
  const { namespace, name } = service;
  const ports = service.ports.map((port) => ({
    ...(port.name === null ? {} : { name: port.name }),
    port: port.port,
    targetPort: port.targetPort,
    protocol: port.protocol,
  }));
  return {
    pods: count(alike.length, 'pod'),
    says: Object.entries(right)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    manifest: stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: { selector: right, ports },
    }),
  };
}

function live(cluster: Cluster, service: Service): Pod[] {
  return cluster.pods.filter(
    (pod) => pod.namespace === service.namespace && pod.phase !== 'Succeeded' && pod.phase !== 'Failed',
  );
}

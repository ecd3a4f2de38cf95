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

/** Why a Service has no ready endpoint, and what to do. */
export interface EmptyReason {
  readonly says: string;
  readonly detail: string;
  readonly fix: { says: string; manifest: string | null };
}

export function reasonEmpty(cluster: Cluster, service: Service): EmptyReason {
  const { namespace, name, selector } = service;
  const wanted = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const selected = podsSelected(cluster, service);
  if (wanted === '') {
    return {
      says: 'it has no selector and nobody maintains its endpoints',
      detail:
        'a Service without a selector gets its EndpointSlices by hand or from another controller; there is none with a ready address',
      fix: { says: `Give ${namespace}/${name} a selector, or an EndpointSlice.`, manifest: null },
    };
  }
  if (selected.length > 0) {
    const why = selected.map((pod) => pod.because).find((because) => because !== null) ?? 'not Ready';
    return {
      says: `${count(selected.length, 'pod')} match, none is Ready`,
      detail: `${selected
        .map((pod) => pod.name)
        .slice(0, 3)
        .join(', ')}: ${why}`,
      fix: {
        says: `kubectl -n ${namespace} describe pod ${selected[0]?.name} and repair what keeps it from Ready.`,
        manifest: null,
      },
    };
  }
  const scaled = cluster.workloads?.find(
    (each) =>
      each.namespace === namespace &&
      each.replicas === 0 &&
      Object.entries(selector).every(([key, value]) => each.podLabels[key] === value),
  );
  if (scaled !== undefined) {
    return {
      says: `${scaled.kind} ${scaled.name} is scaled to 0`,
      detail: `${scaled.kind} ${namespace}/${scaled.name} makes the pods of selector ${wanted}, and wants 0 of them`,
      fix: {
        says: `kubectl -n ${namespace} scale ${scaled.kind.toLowerCase()}/${scaled.name} --replicas=1, unless it is meant to be off.`,
        manifest: null,
      },
    };
  }
  const near = nearestLabels(cluster, service);
  return {
    says: 'its selector matches no pod',
    detail: `selector ${wanted}${near === null ? '; no pod of the namespace comes close' : `; ${near.pods} of the namespace carry ${near.says}`}`,
    fix:
      near === null
        ? { says: `Make the selector of ${namespace}/${name} match the labels of the pods it is for.`, manifest: null }
        : { says: `Correct the selector of ${namespace}/${name}:`, manifest: near.manifest },
  };
}

/** What the downward API tells a pod of itself. Pure. */
import type { KubeObject } from '../model.ts';

type Part = Record<string, any>;

/** The value at a fieldPath; empty for what is not set or not offered. */
export function fieldValue(pod: KubeObject, path: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (key !== undefined) return pod.metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  if (path === 'metadata.labels' || path === 'metadata.annotations') {
    const entries = Object.entries(pod.metadata[path === 'metadata.labels' ? 'labels' : 'annotations'] ?? {});
    return entries.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join('\n');
  }
  return FIELDS[path]?.(pod) ?? '';
}

/** Limits and requests as plain numbers; what is not stated is 0. */
export function containerResource(container: Part, name: string): string {
  const [, side, resource] = /^(limits|requests)\.(.+)$/.exec(name) ?? [];
  return quantity(String(container['resources']?.[side ?? '']?.[resource ?? ''] ?? '0'));
}

const FIELDS: Readonly<Record<string, (pod: KubeObject) => string | undefined>> = {
  'metadata.name': (pod) => pod.metadata.name,
  'metadata.namespace': (pod) => pod.metadata.namespace,
  'metadata.uid': (pod) => pod.metadata.uid,
  'spec.nodeName': (pod) => pod['spec'].nodeName,
  'spec.serviceAccountName': (pod) => pod['spec'].serviceAccountName,
  'status.podIP': (pod) => pod['status']?.podIP,
  'status.podIPs': (pod) => joined(pod['status']?.podIPs),
  'status.hostIP': (pod) => pod['status']?.hostIP,
  'status.hostIPs': (pod) => joined(pod['status']?.hostIPs),
};

function joined(addresses: readonly { ip: string }[] = []): string {
  return addresses.map(({ ip }) => ip).join(',');
}

const SCALE: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  m: 1e-3,
};

/** Rounded up, with the default divisor of 1. */
function quantity(text: string): string {
  const [, number = '0', unit = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(text) ?? [];
  return String(Math.ceil(Number(number) * (SCALE[unit] ?? 1)));
}

/**
 * Objects in the order in which controllers decide between two that claim the same: the oldest wins, then the first by namespace and name (Gateway
 * API, HTTPRouteRule.matches; ingress-nginx, "Building the NGINX model").
 */
import type { ApiObject } from '../api/cluster-client.ts';
import { nameOf, textAt } from '../api/fields.ts';
import { keyOf } from '../model/named.ts';

export function oldestFirst(objects: readonly ApiObject[]): ApiObject[] {
  return objects.toSorted((a, b) => madeAt(a) - madeAt(b) || compare(keyOf(nameOf(a)), keyOf(nameOf(b))));
}

/** Unix milliseconds; what does not say when it was made is taken for the newest. */
function madeAt(object: ApiObject): number {
  const at = Date.parse(textAt(object, 'metadata', 'creationTimestamp') ?? '');
  return Number.isNaN(at) ? Number.MAX_SAFE_INTEGER : at;
}

/** By code units, as Go compares strings of these characters. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

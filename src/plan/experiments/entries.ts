/** What the user does: the request through each entry, from outside and from inside; an external host as pods resolve and reach it. */
import type { Cluster } from '../../model/cluster.ts';
import type { Destination } from '../../model/plan.ts';
import type { Target } from '../../model/target.ts';
import type { Vantages } from '../cast.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { application } from './probe.ts';

/** More proxies than these behave alike or are each other's spares; those that stand on the backends' nodes come first. */
const MOST_ENTRIES = 6;
/** Vantages that ask each entry, so that its shots come faster than one a second and vantage a second. */
const MOST_ENTRY_VANTAGES = 3;
/** A user does not ask six times at once: the first attempt through each entry is alone for this long, milliseconds. */
const ALONE_MS = 1000;
/** An Envoy's connect attempt belongs to the endpoint and not to a request: all that wait for it end when its timer fires (timers.md 11.1). */
const SHARES_CONNECTS = /envoy|contour|istio|cilium|emissary|ambassador/i;
const ALONE_SLACK_MS = 500;

export function entryPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const aloneMs = aloneFor(cluster, target);
  return target.entries.slice(0, MOST_ENTRIES).flatMap((entry, position) => {
    const to: Destination = { kind: 'entry', address: entry.address, port: entry.port, node: entry.node };
    const inside = rotate(vantages.controls, position).slice(0, MOST_ENTRY_VANTAGES);
    const all = isOutside(cluster, entry.address) ? [vantages.local, ...inside] : inside;
    return all.map((from, turn) => ({
      ...weighted({ experiment: 'entries', weight: 'user', from, to, probe: application(target, entry) }),
      ...(turn === 0 ? {} : { delayMs: aloneMs }),
    }));
  });
}

function aloneFor({ controllers }: Cluster, { className }: Target): number {
  const proxy = controllers.find((each) => each.className === className);
  if (proxy === undefined || !SHARES_CONNECTS.test(proxy.implementation)) return ALONE_MS;
  return Math.max(ALONE_MS, (proxy.connectTimeoutMs ?? 0) + ALONE_SLACK_MS);
}

/** Pods' own addresses are not for the world outside; all others may be. */
function isOutside(cluster: Cluster, address: string): boolean {
  return !cluster.pods.some((pod) => !pod.hostNetwork && pod.addresses.includes(address));
}

/** A host outside the cluster: its name as pods resolve it, and its address as it was resolved here. */
export function externalPaths(target: Target, vantages: Vantages): WeightedPath[] {
  if (target.kind !== 'external') return [];
  const experiment = 'external-hosts';
  return [vantages.local, ...vantages.askers].flatMap((from) => [
    ...target.direct.map((far) => {
      const to: Destination = { kind: 'external', address: far.address, port: far.port };
      return weighted({ experiment, weight: 'user', from, to, probe: application(target, far) });
    }),
    ...(target.host === null
      ? []
      : [
          weighted({
            experiment,
            weight: 'user',
            from,
            to: { kind: 'resolver', name: target.host },
            probe: { kind: 'resolver', name: target.host },
          }),
        ]),
  ]);
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

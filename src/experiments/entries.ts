/** Entries: the same request through each, from outside and from inside. What the user does. */
import type { Cluster } from '../model/cluster.ts';
import { hasPodIdentity } from '../model/plan.ts';
import type { Agent, Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { rotate } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** More proxies than these behave alike or are each other's spares; those that stand on the backends' nodes come first. */
const MOST_ENTRIES = 6;
/** Vantages that ask each entry, so that its attempts come faster than one a second and vantage a second. */
const MOST_ENTRY_VANTAGES = 3;
/**
 * A proxy's attempts of one moment share its timers, and no user asks six times at once. So one vantage begins, asks no sooner again
 * than this, and nobody else asks before: longer than the shortest connect timeout in use (Contour's, 2 s).
 */
const ALONE_MS = 2500;
/** The lone vantage begins with all entries at once, so that its first attempts are over before those of others. */
const LONE = { attempts: 3, everyMs: ALONE_MS, withinMs: 100 } as const;
/** With four attempts more the last of them begins when that of other paths does. */
const OTHERS = { attempts: 4, delayMs: ALONE_MS, withinMs: 500 } as const;

export function entryPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  return target.entries.slice(0, MOST_ENTRIES).flatMap((entry, position) => {
    const to: Destination = { kind: 'entry', address: entry.address, port: entry.port, node: entry.node };
    const inside = [
      ...rotate(vantages.controls, position).slice(0, MOST_ENTRY_VANTAGES),
      ...clientsOf(target, vantages),
    ];
    // The one on this machine first: pods need a moment to start.
    const all = isOutside(cluster, entry.address) ? [vantages.local, ...inside] : inside;
    return all.map((from, place) => ({
      ...weighted('user', from, to, application(target, entry)),
      ...(place === 0 ? LONE : OTHERS),
    }));
  });
}

/** Who was named with `--from` is a user of the entries as well. */
function clientsOf(target: Target, { askers }: Vantages): Agent[] {
  return target.from === null ? [] : askers.filter(hasPodIdentity);
}

/** Pods' own addresses are not for the world outside; all others may be. */
function isOutside(cluster: Cluster, address: string): boolean {
  return !cluster.pods.some((pod) => !pod.hostNetwork && pod.addresses.includes(address));
}

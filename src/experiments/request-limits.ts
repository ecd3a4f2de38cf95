/** As many requests through entries as the limits of the route admit: kprobe is to meet what users meet, and not to use up what is theirs. */
import type { Cluster, RequestLimit } from '../model/cluster.ts';
import { ruleOf } from '../model/route-match.ts';
import type { Target } from '../model/target.ts';

/** Between two attempts of a vantage at one entry, and the attempts of a usual run (plan/schedules.ts). */
const EVERY_MS = 1000;
const USUAL = 6;
/** Of what all clients share a half is left to them. */
const SHARE_OF_ALL = 0.5;

export function limitsOn({ routes }: Pick<Cluster, 'routes'>, target: Target): readonly RequestLimit[] {
  return target.kind === 'ingress' ? (ruleOf(routes, target)?.limits ?? []) : [];
}

/**
 * How often each vantage may ask each entry; null: as often as it likes. Entries that are not known to be proxies of their own count as one. `vantages` ask each of them.
 */
export function admittedAttempts(cluster: Cluster, target: Target, vantages: number): number | null {
  const counts = limitsOn(cluster, target).flatMap((limit) => {
    const { inMs, requests, atOnce, per } = limit;
    // Requests that are under way at once are no more for coming more often.
    if (inMs === null) return [];
    const each = entriesOfOneProxy(target) * (per === 'proxy' ? vantages : 1);
    const share = per === 'proxy' ? SHARE_OF_ALL : 1;
    const isAdmitted = (attempts: number) =>
      attempts * each <= share * (atOnce + Math.floor(((attempts - 1) * EVERY_MS * requests) / inMs));
    return [Array.from({ length: USUAL }, (_, index) => USUAL - index).find(isAdmitted) ?? 1];
  });
  return counts.length === 0 ? null : Math.min(...counts);
}

/** So few are admitted at once that all of them are for what users do: nothing else is tried through entries. */
export function isTight(cluster: Cluster, target: Target): boolean {
  return limitsOn(cluster, target).some(({ inMs, atOnce }) => inMs !== null && atOnce < 2 * USUAL);
}

function entriesOfOneProxy({ entries }: Target): number {
  const pods = entries.map(({ pod }) => (pod === null ? '' : `${pod.namespace}/${pod.name}`));
  return Math.max(1, ...pods.map((pod) => pods.filter((each) => each === pod).length));
}

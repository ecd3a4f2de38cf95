/** Which route serves a host and path: as ingress controllers and Gateways choose. */
import type { Cluster, Route } from '../model/cluster.ts';
import { matchesPath, namesHost } from '../model/route-match.ts';

/** Exact host before wildcard before any host; then an exact path, then the longest prefix. null: no route has the host. */
export function findRoute(cluster: Cluster, host: string, path: string): Route | null {
  const pathname = path.split('?')[0] ?? '/';
  return choose(
    cluster.routes.filter((route) => namesHost(route, host)),
    pathname,
  );
}

/** The route for hosts that no other route names; null where there is none. */
export function findDefaultRoute(cluster: Cluster, path: string): Route | null {
  const pathname = path.split('?')[0] ?? '/';
  return choose(
    cluster.routes.filter((route) => route.host === null),
    pathname,
  );
}

export function knownHosts(cluster: Cluster): string[] {
  return [...new Set(cluster.routes.flatMap(({ host }) => host ?? []))];
}

function choose(routes: readonly Route[], path: string): Route | null {
  const fitting = routes.filter((route) => matchesPath(route, path));
  // A host that exists with no rule for this path is still the host asked about: its nearest rule tells most.
  const [best = null] = (fitting.length > 0 ? fitting : routes).toSorted((a, b) => rank(b) - rank(a));
  return best;
}

/** Hosts first: an exact one beats a wildcard whatever the paths. What a plain request does not meet comes last, of the shares of one rule the largest first, and a rule with a Service before one that only redirects to it; a canary stands in for another rule. */
function rank({ host, path, pathType, isConditional, weight = 0, leadsTo, canary }: Route): number {
  const byHost = host === null ? 0 : host.startsWith('*.') ? 1 : 2;
  const byPath = (pathType === 'Exact' ? 50_000 : 0) + Math.min(path.length, 10_000);
  const byShare = leadsTo === undefined && canary === undefined ? (1 + Math.min(weight, 1_000_000) / 1_000_001) / 2 : 0;
  return byHost * 200_000 + (isConditional === true ? 0 : 100_000) + byPath + byShare;
}
